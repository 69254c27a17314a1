// Models that are loaded to judge and no more: laid out for it, they say the same.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/tiny_model.h"
#include "model/lora.h"
#include "model/lora_folder.h"
#include "temp_folder.h"
#include "tensor/strip_weight.h"

namespace juror {
namespace {

ModelConfig changed(const ModelConfig& config, const std::string& from, const std::string& to) {
  std::string json = config.json;
  json.replace(json.find(from), from.size(), to);
  return parse_config(json, "the tiny config of a test");
}

/// With a head that can be laid out: 61 is no multiple of 16.
ModelConfig wide(const ModelConfig& config) {
  return changed(config, R"("vocab_size": 61)", R"("vocab_size": 64)");
}

ModelConfig untied(const ModelConfig& config) {
  return changed(config, R"("tie_word_embeddings": true)", R"("tie_word_embeddings": false)");
}

LoadOptions to_judge() { return {.dtype = at::kBFloat16, .judges_only = true}; }

Tensor logits_of(const Model& model) {
  return full_logits(model, tiny_prompt(5, {tiny_image(1)}), {8, 21, 3}).to(at::kFloat);
}

class JudgingLayout : public ::testing::TestWithParam<ModelConfig> {
 protected:
  void SetUp() override {
    if (!fits_strips(at::zeros({16, 2}, at::kBFloat16)))
      GTEST_SKIP() << "this CPU does not multiply bf16 by strips";
    save_model(*random_model(GetParam(), 3, 0.25), folder_.path(), at::kBFloat16);
  }
  TempFolder folder_;
};

// Two orders of summing, rounded to bf16 after every layer.
TEST_P(JudgingLayout, GivesTheLogitsOfPlainWeights) {
  const Tensor plain = logits_of(*load_model(folder_.path(), {.dtype = at::kBFloat16}));
  const Tensor laid_out = logits_of(*load_model(folder_.path(), to_judge()));
  EXPECT_LE((plain - laid_out).abs().max().item<double>(), plain.abs().max().item<double>() / 32);
}

TEST_P(JudgingLayout, IsThatOfTheLanguageModelAlone) {
  const auto model = load_model(folder_.path(), to_judge());
  int packed = 0;
  model->visit_linears([&](const std::string& name, Linear& linear, const LinearShape& shape) {
    const bool is_of_tower = name.find("visual") != std::string::npos;
    EXPECT_EQ(linear.is_packed(), !is_of_tower && shape.out % 16 == 0) << name;
    packed += linear.is_packed();
  });
  EXPECT_GT(packed, 0);
}

TEST_P(JudgingLayout, TakesTheHeadInAndKeepsEmbeddingsAsTheyAre) {
  const auto plain = load_model(folder_.path(), {.dtype = at::kBFloat16}),
             laid_out = load_model(folder_.path(), to_judge());
  const Decoder& decoder = laid_out->decoder;
  const bool fits = GetParam().text.vocabulary % 16 == 0;
  EXPECT_EQ(decoder.head_strips.defined(), fits);
  EXPECT_EQ(decoder.head.defined(), !fits);
  EXPECT_EQ(decoder.embedding.defined(), !fits || !GetParam().text.tied_head);
  const std::vector<std::int64_t> ids = {3, 60, 0, 16, 3};
  EXPECT_TRUE(at::equal(laid_out->embed(ids), plain->embed(ids)));
  EXPECT_EQ(laid_out->dtype(), at::kBFloat16);
}

TEST_P(JudgingLayout, IsNotSavedAsIfItWereWhole) {
  const TempFolder out;
  const auto model = load_model(folder_.path(), to_judge());
  EXPECT_THROW(save_model(*model, out.path(), at::kBFloat16), Error);
}

TEST_P(JudgingLayout, TakesAnAdapterInBefore) {
  const TempFolder adapter;
  const auto trained = load_model(folder_.path(), {.dtype = at::kFloat});
  const LoraOptions options{.r = 2, .target_modules = {"q_proj", "down_proj"}};
  for (const auto& [name, tensor] : add_lora(*trained, options, 11)) {
    const c10::NoGradGuard no_grad;
    tensor.copy_(at::cos(at::arange(tensor.numel()) * 1.7).reshape(tensor.sizes()) * 0.2);
  }
  save_lora(*trained, options, folder_.path().string(), adapter.path());
  const Tensor plain = logits_of(*load_merged(adapter.path(), {.dtype = at::kBFloat16}));
  const Tensor laid_out = logits_of(*load_merged(adapter.path(), to_judge()));
  EXPECT_LE((plain - laid_out).abs().max().item<double>(), plain.abs().max().item<double>() / 32);
  const Tensor without = logits_of(*load_model(folder_.path(), to_judge()));
  EXPECT_GT((without - laid_out).abs().max().item<double>(),
            2 * (plain - laid_out).abs().max().item<double>());
}

INSTANTIATE_TEST_SUITE_P(Families, JudgingLayout,
                         ::testing::Values(tiny_config(), tiny_qwen2_config(), tiny_qwen3_config(),
                                           wide(tiny_config()), wide(untied(tiny_config()))));

}  // namespace
}  // namespace juror
