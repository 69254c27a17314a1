#include "base/quantization_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The sentence of the refusal.
std::string refusal(const std::string& quantization) {
  try {
    stored_quantization("{\"quantization_config\": " + quantization + "}", "m/config.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    return error.what();
  }
  return "read";
}

TEST(QuantizationConfig, CallsWhatIsNotReadByItsName) {
  EXPECT_THAT(refusal(R"({"quant_method": "gptq", "bits": 4})"),
              AllOf(HasSubstr("gptq, 4 bits"), HasSubstr("m/config.json")));
  EXPECT_THAT(refusal(R"({"quant_method": "fp8"})"), HasSubstr("fp8"));
  EXPECT_THAT(refusal(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})"),
              HasSubstr("bitsandbytes"));
  EXPECT_THAT(refusal(R"({"quant_method": "awq", "version": "gemv", "bits": 4})"),
              HasSubstr("gemv"));
  EXPECT_THAT(refusal(R"({"quant_method": "compressed-tensors", "format": "float-quantized"})"),
              HasSubstr("float-quantized"));
  EXPECT_THAT(refusal(R"({"quant_method": "compressed-tensors", "format": "pack-quantized",
      "config_groups": {"a": {"weights": {"num_bits": 3, "strategy": "group", "group_size": 128}}}})"),
              HasSubstr("3 bits"));
  EXPECT_EQ(refusal(R"({"quant_method": "awq", "version": "gemm", "bits": 4, "group_size": 128})"),
            "read");
}

TEST(QuantizationConfig, SaysHowLayersAreKept) {
  const StoredQuantization none = stored_quantization("{}", "m");
  EXPECT_EQ(none.bits, 0);
  const StoredQuantization awq = stored_quantization(
      R"({"quantization_config": {"quant_method": "awq", "group_size": 64}})", "m");
  EXPECT_EQ(awq.format, StoredQuantization::Format::kAwq);
  EXPECT_EQ(awq.bits, 4);
  EXPECT_EQ(awq.group, 64);
}

}  // namespace
}  // namespace juror
