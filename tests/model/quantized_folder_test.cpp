// Folders of quantised weights: ours come back as they were, AWQ's are read by their own layout,
// and what is not read is called by its name. That compressed-tensors reads ours:
// tools/golden/check_quantized.py.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "engine/tiny_model.h"
#include "model/lora_folder.h"
#include "model/stored_quantization.h"
#include "temp_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// The tiny config with widths that a group of 32 divides.
std::string wide_config() {
  std::string json = tiny_config().json;
  const std::string narrow = "\"intermediate_size\": 48";
  return json.replace(json.find(narrow), narrow.size(), "\"intermediate_size\": 64");
}

/// A folder of random weights in bf16.
struct WholeFolder {
  TempFolder folder;
  WholeFolder() {
    save_model(*random_model(parse_config(wide_config(), "a test"), 3, 0.25), folder.path(),
               at::kBFloat16);
  }
};

Tensor logits_of(const Model& model) {
  return full_logits(model, tiny_prompt(5, {tiny_image(1)}), {8, 21, 3});
}

LoadOptions in_bits(int bits) {
  LoadOptions options = test_load();
  options.quantization.bits = bits;
  return options;
}

/// The model with whole weights of the very values that its quantised ones have.
void make_whole(Model& model) {
  model.visit_linears([](const std::string&, Linear& linear, const LinearShape&) {
    if (!linear.quantized.defined()) return;
    linear.weight = dequantize(linear.quantized, at::kFloat);
    linear.quantized = {};
  });
}

class QuantizedFolder : public ::testing::TestWithParam<int> {};

TEST_P(QuantizedFolder, ComesBackAsItWasQuantizedAtLoad) {
  const WholeFolder whole;
  const TempFolder out;
  const auto model = load_model(whole.folder.path(), in_bits(GetParam()));
  ASSERT_TRUE(is_quantized(*model));
  save_model(*model, out.path(), at::kBFloat16);
  check_weights(out.path());
  const auto again = load_model(out.path(), test_load());
  EXPECT_TRUE(is_quantized(*again));
  EXPECT_TRUE(at::equal(logits_of(*again), logits_of(*model)));
}

TEST_P(QuantizedFolder, ComputesWhatItsDequantizedWeightsDo) {
  const WholeFolder whole;
  const auto model = load_model(whole.folder.path(), in_bits(GetParam()));
  const Tensor quantized = logits_of(*model);
  make_whole(*model);
  EXPECT_TRUE(at::allclose(quantized, logits_of(*model), 1e-4, 1e-4));
}

TEST_P(QuantizedFolder, StaysWholeInVisionEmbeddingAndNorms) {
  const WholeFolder whole;
  const auto model = load_model(whole.folder.path(), in_bits(GetParam()));
  model->visit_linears([](const std::string& name, Linear& linear, const LinearShape&) {
    EXPECT_EQ(linear.quantized.defined(), name.find("visual") == std::string::npos) << name;
  });
  EXPECT_TRUE(model->decoder.embedding.defined());
}

TEST_P(QuantizedFolder, AnAdapterBesideItLearnsAsBesideItsDequantizedWeights) {
  const WholeFolder whole;
  const auto model = load_model(whole.folder.path(), in_bits(GetParam()));
  const NamedTensors adapters = add_lora(*model, {.r = 3, .lora_alpha = 6}, 11);
  const auto gradients = [&] {
    std::vector<Tensor> all;
    logits_of(*model).square().mean().backward();
    for (const auto& [name, tensor] : adapters) {
      all.push_back(tensor.grad().clone());
      tensor.mutable_grad().reset();
    }
    return all;
  };
  const std::vector<Tensor> quantized = gradients();
  make_whole(*model);
  const std::vector<Tensor> expected = gradients();
  for (std::size_t i = 0; i < adapters.size(); ++i)
    EXPECT_TRUE(at::allclose(quantized[i], expected[i], 1e-4, 1e-5)) << adapters[i].first;
}

INSTANTIATE_TEST_SUITE_P(Bits, QuantizedFolder, ::testing::Values(4, 8),
                         [](const auto& tested) { return fmt::format("{}bits", tested.param); });

TEST(QuantizedFolder, AnAdapterIsNotMergedIntoFewBits) {
  const WholeFolder whole;
  const auto model = load_model(whole.folder.path(), in_bits(4));
  add_lora(*model, {.r = 2}, 1);
  { const MergedAdapters beside(*model); }  // leaves them beside
  EXPECT_THROW(merge_lora(*model), Error);
}

TEST(QuantizedFolder, RefusesAWidthThatNoGroupDivides) {
  const TempFolder folder;
  save_model(*random_model(tiny_config(), 3), folder.path(), at::kBFloat16);
  try {
    load_model(folder.path(), in_bits(4));
    FAIL() << "a width of 48 was quantised";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("mlp.down_proj"), HasSubstr("48"), HasSubstr("bfloat16")));
  }
}

/// Output 8c + order[i] of a row of codes stands in bits 4i of word c, as AutoAWQ packs them.
Tensor awq_words(const Tensor& codes) {
  const int order[] = {0, 2, 4, 6, 1, 3, 5, 7};
  Tensor words = at::zeros({codes.size(0), codes.size(1) / 8}, at::kInt);
  for (std::int64_t row = 0; row < codes.size(0); ++row) {
    for (std::int64_t c = 0; c < words.size(1); ++c) {
      std::int64_t word = 0;
      for (int i = 0; i < 8; ++i)
        word |= codes[row][8 * c + order[i]].item<std::int64_t>() << (4 * i);
      words[row][c] = static_cast<std::int32_t>(word);
    }
  }
  return words;
}

TEST(Awq, IsReadByItsOwnLayout) {
  const std::int64_t in = 64, out = 24, group = 32;
  const Tensor codes = at::arange(in * out).reshape({in, out}).mul(7).remainder(16);
  const Tensor zeros = at::arange(2 * out).reshape({2, out}).mul(5).remainder(16);
  const Tensor scales = (at::arange(2 * out).reshape({2, out}) + 1).to(at::kHalf) / 64;
  const std::map<std::string, Tensor> stored = {{"layer.qweight", awq_words(codes)},
                                                {"layer.qzeros", awq_words(zeros)},
                                                {"layer.scales", scales}};
  const QuantizedWeight weight = take_quantized(
      "layer", out, in, {.format = StoredQuantization::Format::kAwq, .bits = 4, .group = group},
      [&](const std::string& name) { return stored.at(name); });
  const Tensor expected = (codes - zeros.repeat_interleave(group, 0)) *
                          scales.to(at::kFloat).repeat_interleave(group, 0);  // [in, out]
  EXPECT_TRUE(at::equal(dequantize(weight, at::kFloat), expected.t()));
}

TEST(StoredQuantization, NamesTensorsOfAnotherShapeOrWithoutNumbers) {
  const QuantizedWeight weight = quantize(at::ones({16, 64}), {.bits = 4, .group = 32});
  const StoredQuantization stored{.bits = 4, .group = 32};
  const auto fault = [&](const std::string& name, const Tensor& tensor) -> std::string {
    std::map<std::string, Tensor> tensors;
    for (const auto& [own, value] : quantized_tensors("l", weight)) tensors[own] = value;
    tensors[name] = tensor;
    try {
      take_quantized("l", 16, 64, stored, [&](const std::string& asked) { return tensors[asked]; });
    } catch (const Error& error) {
      return error.what();
    }
    return "read";
  };
  EXPECT_EQ(fault("l.other", at::ones({1})), "read");
  EXPECT_THAT(fault("l.weight_scale", at::ones({16, 3})),
              AllOf(HasSubstr("l.weight_scale"), HasSubstr("[16, 3]"), HasSubstr("[16, 2]")));
  EXPECT_THAT(fault("l.weight_scale", at::full({16, 2}, NAN)), HasSubstr("not finite"));
  EXPECT_THAT(fault("l.weight_packed", at::ones({16, 8})), HasSubstr("l.weight_packed"));
  EXPECT_THAT(fault("l.weight_shape", at::tensor({16, 65})), HasSubstr("l.weight_shape"));
}

}  // namespace
}  // namespace juror
