// The one place that chooses device and dtype, and what it says to a wrong choice.
#include "tensor/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

std::string refusal_of_device(const std::string& name) {
  try {
    return "chosen: " + choose_device(name).str();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ChooseDevice, TakesTheCpuWhereNothingElseIs) {
  EXPECT_EQ(choose_device("auto"), at::Device(at::kCPU));
  EXPECT_EQ(choose_device("cpu"), at::Device(at::kCPU));
}

TEST(ChooseDevice, SaysWhatIsThereWhereCudaIsNot) {
  EXPECT_THAT(refusal_of_device("cuda"),
              HasSubstr("The device is 'cuda', and this machine has cpu alone."));
  EXPECT_THAT(refusal_of_device("cuda:1"), HasSubstr("'cuda:1', and this machine has cpu alone."));
}

TEST(ChooseDevice, SaysWhatIsExpectedOfAWordThatIsNone) {
  EXPECT_EQ(refusal_of_device("gpu"),
            "The device is 'gpu', and auto, cpu, cuda or cuda:N is expected.");
  EXPECT_EQ(refusal_of_device("cuda:x"),
            "The device is 'cuda:x', and auto, cpu, cuda or cuda:N is expected.");
  EXPECT_EQ(refusal_of_device(""), "The device is '', and auto, cpu, cuda or cuda:N is expected.");
}

TEST(ChooseCompute, ComputesSmallModelsInFp32UnlessToldOtherwise) {
  EXPECT_EQ(choose_compute({}, 1'000'000).dtype, at::kFloat);
  EXPECT_EQ(choose_compute({}, 3'000'000'000).dtype, fastest_dtype(at::kCPU));
  EXPECT_EQ(choose_compute({.dtype = "bfloat16"}, 1'000'000).dtype, at::kBFloat16);
  EXPECT_EQ(choose_compute({.dtype = "float32"}, 3'000'000'000).dtype, at::kFloat);
  EXPECT_THROW(choose_compute({.dtype = "float64"}, 1), Error);
}

}  // namespace
}  // namespace juror
