// Adapters in memory: what they start from, what they change, and that taking them away leaves no
// trace.
#include "model/lora.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/tiny_model.h"
#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const LoraOptions kEverywhere{.r = 3, .lora_alpha = 6, .exclude_modules = ""};
const std::string kQuery =
    "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight";

/// Logits of a prompt with an image.
Tensor tiny_logits(const Model& model) {
  return full_logits(model, tiny_prompt(5, {tiny_image(1)}), {8, 21, 3});
}

/// A tiny model with adapters on every linear layer that do change what it computes.
struct Adapted {
  std::unique_ptr<Model> model = tiny_model();
  Tensor base_logits = tiny_logits(*model);
  NamedTensors parameters;
  explicit Adapted(const LoraOptions& options = kEverywhere)
      : parameters(add_lora(*model, options, 11)) {
    const c10::NoGradGuard no_grad;
    for (auto& [name, tensor] : parameters) {
      if (name.ends_with("lora_B.weight"))
        tensor.copy_(at::cos(at::arange(tensor.numel()) * 1.7).reshape(tensor.sizes()) * 0.1);
    }
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Linear, AddsTheScaledProductOfItsAdapter) {
  // W x = (1·1 + 2·2, 3·1 + 4·2) = (5, 11), A x = 1·1 − 1·2 = −1, B A x = (−2, −3), scaled by 0.5,
  // bias 10
  const Linear linear{.weight = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({2, 2}),
                      .bias = at::tensor({10.0F, 10.0F}),
                      .lora = {.a = at::tensor({1.0F, -1.0F}).reshape({1, 2}),
                               .b = at::tensor({2.0F, 3.0F}).reshape({2, 1}),
                               .scale = 0.5}};
  EXPECT_TRUE(at::equal(linear(at::tensor({1.0F, 2.0F}).reshape({1, 2})),
                        at::tensor({14.0F, 19.5F}).reshape({1, 2})));
  EXPECT_TRUE(
      at::equal(merged_weight(linear), at::tensor({2.0F, 1.0F, 4.5F, 2.5F}).reshape({2, 2})));
}

TEST(Linear, ComputesAnAdapterOfHalfPrecisionWeightsInItsOwnPrecision) {
  // B A = 512 (1 + 1/512) − 512 · 1 = 1; in bf16 1 + 1/512 is 1, and B A would be 0
  const Linear linear{.weight = at::full({1, 1}, 2, at::kBFloat16),
                      .bias = {},
                      .lora = {.a = at::tensor({1.0F + 1.0F / 512, -1.0F}).reshape({2, 1}),
                               .b = at::full({1, 2}, 512.0F)}};
  for (const Tensor& y : {linear(at::ones({1, 1}, at::kBFloat16)), merged_weight(linear)}) {
    EXPECT_EQ(y.scalar_type(), at::kBFloat16);
    EXPECT_EQ(y.item<float>(), 3.0F);
  }
}

TEST(LoraOptions, ScaleIsAlphaOverTheRankOrItsRoot) {
  EXPECT_EQ((LoraOptions{.r = 4, .lora_alpha = 8}.scale()), 2);
  EXPECT_EQ((LoraOptions{.r = 4, .lora_alpha = 8, .use_rslora = true}.scale()), 4);
}

TEST(AddLora, ChangesNothingUntilItIsTrained) {
  const c10::NoGradGuard no_grad;  // with gradients another kernel would multiply
  const auto model = tiny_model();
  const Tensor before = tiny_logits(*model);
  add_lora(*model, kEverywhere, 11);
  EXPECT_TRUE(at::equal(tiny_logits(*model), before));
}

TEST(AddLora, DrawsAUniformlyWithinOneOverTheRootOfTheInputs) {
  const auto model = tiny_model();
  const NamedTensors parameters =
      add_lora(*model, {.r = 64}, 11);  // A of q_proj: 64 · 32 values in ±1/√32
  ASSERT_EQ(parameters.front().first, kQuery);
  const Tensor a = parameters.front().second.detach();
  const double bound = 1 / std::sqrt(32.0);
  EXPECT_EQ(a.sizes(), (std::vector<std::int64_t>{64, 32}));
  EXPECT_LE(a.abs().max().item<double>(), bound);
  EXPECT_GT(a.max().item<double>(), 0.99 * bound);
  EXPECT_LT(a.min().item<double>(), -0.99 * bound);
  EXPECT_NEAR(a.mean().item<double>(), 0,
              4 * bound / std::sqrt(3.0 * 2048));  // four standard errors
}

TEST(AddLora, DrawsEachLayerAloneSoThatOtherTargetsDoNotMoveIt) {
  const auto all = tiny_model(), some = tiny_model(), other = tiny_model();
  const NamedTensors wide = add_lora(*all, {}, 11),
                     narrow = add_lora(*some, {.target_modules = {"v_proj"}}, 11);
  const std::string name =
      "base_model.model.model.language_model.layers.1.self_attn.v_proj.lora_A.weight";
  const auto find = [&](const NamedTensors& list) {
    return std::find_if(list.begin(), list.end(),
                        [&](const auto& entry) { return entry.first == name; })
        ->second;
  };
  EXPECT_TRUE(at::equal(find(wide), find(narrow)));
  EXPECT_FALSE(at::equal(find(wide), find(add_lora(*other, {}, 12))));
}

TEST(AddLora, TrainsTheAdaptersAndNothingElse) {
  const Adapted adapted;
  for (auto& [name, tensor] : named_parameters(*adapted.model))
    EXPECT_FALSE(tensor.requires_grad()) << name;
  tiny_logits(*adapted.model).sum().backward();
  for (const auto& [name, tensor] : adapted.parameters) {
    ASSERT_TRUE(tensor.grad().defined()) << name;
    EXPECT_GT(tensor.grad().abs().max().item<double>(), 0) << name;
  }
}

std::vector<std::string> adapted_names(const LoraOptions& options) {
  const auto model = tiny_model();
  add_lora(*model, options, 1);
  std::vector<std::string> names;
  for (const auto& [name, linear] : adapted_layers(*model)) names.push_back(name);
  return names;
}

TEST(AddLora, TakesTheEndsOfNamesWhereverTheyStand) {
  EXPECT_THAT(adapted_names({.target_modules = {"q_proj"}}),
              ElementsAre("model.language_model.layers.0.self_attn.q_proj",
                          "model.language_model.layers.1.self_attn.q_proj"));
  EXPECT_THAT(adapted_names(
                  {.target_modules = {"blocks.1.attn.qkv", "merger.mlp.2", "layers.0.mlp.up_proj"},
                   .exclude_modules = ""}),
              ElementsAre("model.visual.blocks.1.attn.qkv", "model.visual.merger.mlp.2",
                          "model.language_model.layers.0.mlp.up_proj"));
}

TEST(AddLora, LeavesOutWhatThePatternExcludes) {
  EXPECT_EQ(adapted_names({}).size(), 2 * 7U);  // the language model: 2 layers of 7
  EXPECT_EQ(adapted_names({.exclude_modules = ""}).size(),
            2 * 7U + 2 * 5U + 2U);  // and 2 blocks of 5, the merger's 2
  EXPECT_EQ(adapted_names({.exclude_modules = ".*blocks.*"}).size(), 2 * 7U + 2U);
  EXPECT_EQ(adapted_names({.target_modules = {"gate_proj"}}).size(), 2U);
  EXPECT_EQ(adapted_names({.exclude_modules = "visual"}).size(),
            2 * 7U + 2 * 5U + 2U);  // not a whole name
}

std::string refusal(const LoraOptions& options) {
  return refusal_of([&] { add_lora(*tiny_model(), options, 1); }, ErrorKind::kUser);
}

TEST(AddLora, RefusesOptionsByName) {
  EXPECT_THAT(refusal({.r = 0}), HasSubstr("rank r is 0"));
  EXPECT_THAT(refusal({.lora_dropout = 0.05}), HasSubstr("lora_dropout is 0.05"));
  EXPECT_THAT(refusal({.target_modules = {"q_porj"}}),
              AllOf(HasSubstr("'q_porj'"), HasSubstr("Did you mean 'q_proj'?")));
  EXPECT_THAT(refusal({.target_modules = {"0"}}), HasSubstr("'0'"));
  EXPECT_THAT(refusal({.target_modules = {}}), HasSubstr("no layer to adapt"));
  EXPECT_THAT(refusal({.exclude_modules = ".*"}), HasSubstr("no layer to adapt"));
  EXPECT_THAT(refusal({.exclude_modules = "("}), HasSubstr("no regular expression"));
}

TEST(AddLora, RefusesTargetsThatAreNotLinearLayers) {
  EXPECT_THAT(refusal({.target_modules = {"proj"}}),
              AllOf(HasSubstr("'proj'"), HasSubstr("model.visual.patch_embed.proj")));
  EXPECT_THAT(refusal({.target_modules = {"embed_tokens"}}),
              HasSubstr("model.language_model.embed_tokens"));
}

TEST(AddLora, RefusesAModelThatHasAdapters) {
  const Adapted adapted;
  EXPECT_THAT(refusal_of([&] { add_lora(*adapted.model, {}, 1); }, ErrorKind::kUser),
              HasSubstr("has adapters already"));
}

TEST(MergeLora, ComputesWhatTheAdaptersComputed) {
  const Adapted adapted;
  const Tensor before = tiny_logits(*adapted.model).detach();
  EXPECT_GT(largest_difference(before, adapted.base_logits), 0.1);
  merge_lora(*adapted.model);
  EXPECT_TRUE(adapted_layers(*adapted.model).empty());
  EXPECT_LE(largest_difference(tiny_logits(*adapted.model), before), 1e-5);
}

TEST(RemoveLora, GivesBackTheBaseModelBitForBit) {
  const Adapted adapted;
  remove_lora(*adapted.model);
  EXPECT_TRUE(at::equal(tiny_logits(*adapted.model), adapted.base_logits));
}

TEST(MergedAdapters, AreWhatPassesWithoutGradientsRead) {
  const Adapted adapted;
  Tensor inside;
  {
    const MergedAdapters merged(*adapted.model);
    const c10::NoGradGuard no_grad;
    inside = tiny_logits(*adapted.model);
  }
  merge_lora(*adapted.model);
  EXPECT_TRUE(at::equal(inside, tiny_logits(*adapted.model)));
}

TEST(MergedAdapters, LeaveBothPassesAndWeightsAsTheyWere) {
  const Adapted adapted;
  const c10::NoGradGuard no_grad;
  const Tensor before = tiny_logits(*adapted.model);
  std::vector<Tensor> weights;
  for (auto& [name, tensor] : named_parameters(*adapted.model)) weights.push_back(tensor.clone());
  { const MergedAdapters merged(*adapted.model); }
  EXPECT_TRUE(at::equal(tiny_logits(*adapted.model), before));
  const NamedTensors after = named_parameters(*adapted.model);
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_TRUE(at::equal(after[i].second, weights[i])) << after[i].first;
}

TEST(MergedAdapters, DoNotHideAdaptersFromGradients) {
  const Adapted adapted;
  const MergedAdapters merged(*adapted.model);
  tiny_logits(*adapted.model).sum().backward();
  for (const auto& [name, tensor] : adapted.parameters)
    EXPECT_TRUE(tensor.grad().defined()) << name;
}

TEST(AdaptersOff, IsTheBaseModelBitForBitAlsoWhereAdaptersAreMerged) {
  const Adapted adapted;
  const c10::NoGradGuard no_grad;
  const Tensor on = tiny_logits(*adapted.model);
  {
    const AdaptersOff off(*adapted.model);
    EXPECT_TRUE(at::equal(tiny_logits(*adapted.model), adapted.base_logits));
  }
  EXPECT_TRUE(at::equal(tiny_logits(*adapted.model), on));
  const MergedAdapters merged(*adapted.model);
  const AdaptersOff off(*adapted.model);
  EXPECT_TRUE(at::equal(tiny_logits(*adapted.model), adapted.base_logits));
}

}  // namespace
}  // namespace juror
