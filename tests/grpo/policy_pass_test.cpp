// The shared pass against the naive one: the same log-probs and the same gradient of every
// parameter.
#include "grpo/policy_pass.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/engine.h"
#include "engine/tiny_model.h"
#include "grpo/step.h"

namespace juror {
namespace {

constexpr double kTemperature = 0.7;

std::vector<std::int64_t> tokens(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < count; ++i)
    ids.push_back((first * 7 + static_cast<std::int64_t>(i) * 5) % 48);
  return ids;
}

/// `generations` completions of 1 to 6 tokens behind a prompt with `images` pictures; the second
/// half behind the same pictures in the other order.
Group make_group(std::size_t images, std::size_t generations, std::uint64_t seed) {
  std::vector<std::shared_ptr<const PixelImage>> pictures;
  for (std::size_t i = 0; i < images; ++i) {
    pictures.push_back(tiny_image(seed * 10 + i, 2 + 2 * static_cast<std::int64_t>(i % 3), 4));
  }
  Group group;
  group.prompts.push_back(tiny_prompt(static_cast<std::int64_t>(seed), pictures));
  std::reverse(pictures.begin(), pictures.end());
  group.prompts.push_back(tiny_prompt(static_cast<std::int64_t>(seed) + 1, pictures));
  for (std::size_t k = 0; k < generations; ++k) {
    Sample sample{.prompt = k < generations / 2 ? 0U : 1U,
                  .token_ids = tokens(static_cast<std::int64_t>(k + seed), 1 + k % 6)};
    sample.advantage = sample.decision_advantage = std::sin(static_cast<double>(k + seed));
    if (k % 2 == 0) {
      sample.decision = static_cast<std::int64_t>(sample.token_ids.size()) - 1;
      sample.slope = 0.3 * static_cast<double>(k) - 0.5;
      sample.choice_advantage = 0.5 * sample.advantage;
    }
    group.samples.push_back(std::move(sample));
  }
  return group;
}

struct Outcome {
  Tensor logps;
  double loss = 0;
  NamedTensors gradients;
};

/// Gradients of all groups in one micro-batch.
MicroBatchResult in_one(const Model& model, const std::vector<Group>& groups,
                        const MicroBatchOptions& options) {
  return accumulate_gradients(model, groups, options,
                              {.batch_tokens = active_tokens(groups, false),
                               .micro_batches = 1,
                               .max_completion_length = 9},
                              nullptr, nullptr);
}

Outcome run(Model& model, const std::vector<Group>& groups, const MicroBatchOptions& options,
            const std::function<MicroBatchResult(const Model&, const std::vector<Group>&,
                                                 const MicroBatchOptions&)>& pass = in_one) {
  NamedTensors parameters = named_parameters(model);
  for (auto& [name, parameter] : parameters) {
    parameter.requires_grad_(true);
    parameter.mutable_grad().reset();
  }
  const MicroBatchResult result = pass(model, groups, options);
  Outcome outcome{.logps = result.logps, .loss = result.loss};
  for (auto& [name, parameter] : parameters) outcome.gradients.emplace_back(name, parameter.grad());
  return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_LE((a.logps - b.logps).abs().max().item<double>(), 1e-5);
  EXPECT_NEAR(a.loss, b.loss, 1e-5);
  for (std::size_t i = 0; i < a.gradients.size(); ++i) {
    const auto& [name, gradient] = a.gradients[i];
    const Tensor& other = b.gradients[i].second;
    ASSERT_TRUE(gradient.defined() && other.defined()) << name;
    EXPECT_GT(gradient.norm().item<double>(), 0) << name;
    EXPECT_LE((gradient - other).norm().item<double>(), 1e-4 * gradient.norm().item<double>())
        << name;
  }
}

struct Shape {
  std::size_t generations, images;
};
class SharedPass : public ::testing::TestWithParam<Shape> {
 protected:
  const std::unique_ptr<Model> model_ = tiny_model();
  const std::vector<Group> groups_ = {make_group(GetParam().images, GetParam().generations, 3),
                                      make_group(1, GetParam().generations, 9)};
};

MicroBatchOptions options(PassOptions pass = {}) {
  pass.temperature = kTemperature;
  pass.choice_ids = {20, 21};
  return {.pass = pass, .loss = {.entropy_coef = 0.01}};
}

TEST_P(SharedPass, HasTheLogProbsAndEveryGradientOfTheNaivePass) {
  expect_same(run(*model_, groups_, options({.shared_prefix = false})),
              run(*model_, groups_, options()));
}

class FamilyPass : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FamilyPass, HasTheLogProbsAndEveryGradientOfTheNaivePass) {
  const auto model = random_model(tiny_configs()[GetParam()], 3, 0.25);
  const std::vector<Group> groups = {make_group(2, 5, 3), make_group(1, 5, 9)};
  expect_same(run(*model, groups, options({.shared_prefix = false})),
              run(*model, groups, options()));
}
INSTANTIATE_TEST_SUITE_P(Families, FamilyPass, ::testing::Range<std::size_t>(0, 3));

TEST_P(SharedPass, DoesNotDependOnTheChunksOfTheVocabularyProjection) {
  expect_same(run(*model_, groups_, options()), run(*model_, groups_, options({.logit_rows = 3})));
}

TEST_P(SharedPass, MayUsePromptsReadBeforeInSeveralMicroBatches) {
  const auto kept = [](const Model& model, const std::vector<Group>& groups,
                       const MicroBatchOptions& options) {
    DetachedPrompts prompts(prefill_groups(model, groups, nullptr));
    MicroBatchResult all;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const PrefilledPrompts leaves = prompts.leaves().part(g, 1);
      all.append(accumulate_gradients(model, std::span(&groups[g], 1), options,
                                      {.batch_tokens = active_tokens(groups, false),
                                       .micro_batches = static_cast<std::int64_t>(groups.size())},
                                      &leaves, nullptr));
    }
    prompts.backward();
    EXPECT_EQ(all.images_encoded, 0);
    return all;
  };
  MicroBatchOptions without_bonus = options();  // a mean over each micro-batch's own tokens
  without_bonus.loss.entropy_coef = 0;
  expect_same(run(*model_, groups_, without_bonus), run(*model_, groups_, without_bonus, kept));
}

/// Gradients of the mixed pass have the directions of the exact one.
void expect_alike(const Outcome& exact, const Outcome& mixed) {
  const double difference = (exact.logps - mixed.logps).abs().mean().item<double>();
  EXPECT_GT(difference, 0);     // it does round
  EXPECT_LT(difference, 0.08);  // 2^-8 of logits that reach 10, at two layers
  for (std::size_t i = 0; i < exact.gradients.size(); ++i) {
    const Tensor a = exact.gradients[i].second.flatten(), b = mixed.gradients[i].second.flatten();
    ASSERT_EQ(b.scalar_type(), at::kFloat) << exact.gradients[i].first;
    EXPECT_GT((a.dot(b) / (a.norm() * b.norm())).item<double>(), 0.99) << exact.gradients[i].first;
  }
}

TEST_P(SharedPass, InMixedPrecisionPointsWhereFp32Points) {
  expect_alike(run(*model_, groups_, options()), run(*model_, groups_, options({.bf16 = true})));
}

TEST_P(FamilyPass, InMixedPrecisionPointsWhereFp32Points) {
  const auto model = random_model(tiny_configs()[GetParam()], 3, 0.25);
  const std::vector<Group> groups = {make_group(2, 8, 3), make_group(1, 8, 9)};
  expect_alike(run(*model, groups, options()), run(*model, groups, options({.bf16 = true})));
}

INSTANTIATE_TEST_SUITE_P(Shapes, SharedPass,
                         ::testing::Values(Shape{2, 1}, Shape{2, 2}, Shape{8, 2}, Shape{8, 4}),
                         [](const auto& info) {
                           return "G" + std::to_string(info.param.generations) + "Images" +
                                  std::to_string(info.param.images);
                         });

class Slices : public ::testing::TestWithParam<const char*> {};

TEST_P(Slices, OfAMicroBatchGiveItsLossAndEveryGradient) {
  const auto model = tiny_model();
  std::vector<Group> groups = {make_group(2, 4, 3), make_group(1, 4, 9), make_group(1, 6, 4)};
  groups[1].samples.resize(3);  // slices of other sizes count by the tokens they have
  MicroBatchOptions whole = options(), sliced = options();
  whole.loss.loss_type = sliced.loss.loss_type = GetParam();
  whole.loss.mask_truncated_completions = sliced.loss.mask_truncated_completions = true;
  groups[0].samples[1].truncated = true;
  sliced.slice_tokens = 1;
  expect_same(run(*model, groups, whole), run(*model, groups, sliced));
}

INSTANTIATE_TEST_SUITE_P(LossTypes, Slices,
                         ::testing::Values("grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo"),
                         [](const auto& info) { return std::string(info.param); });

TEST(SlicesOfAMicroBatch, AddUpWithRatiosOfSequencesAndAReference) {
  const auto model = tiny_model();
  std::vector<Group> groups = {make_group(2, 4, 3), make_group(1, 4, 9), make_group(1, 6, 4)};
  for (Group& group : groups) {
    for (Sample& sample : group.samples) {
      sample.old_logps.assign(sample.token_ids.size(), -3.5F);
      sample.ref_logps.assign(sample.token_ids.size(), -4.0F);
    }
  }
  MicroBatchOptions whole = options();
  whole.loss.beta = 0.04;
  whole.loss.importance_sampling_level = "sequence";
  whole.use_old_logps = true;
  MicroBatchOptions sliced = whole;
  sliced.slice_tokens = 1;
  expect_same(run(*model, groups, whole), run(*model, groups, sliced));
}

TEST(SharedPassOfAModel, ThatIsFrozenBelowItsLastLayerHasTheGradientsOfTheNaivePass) {
  const auto model = tiny_model();
  const std::vector<Group> groups = {make_group(2, 4, 3), make_group(1, 4, 9)};
  NamedTensors trained;
  for (auto& [name, parameter] : named_parameters(*model)) {
    const bool is_last = name == "model.language_model.norm.weight" ||
                         name == "model.language_model.layers.1.mlp.down_proj.weight";
    parameter.requires_grad_(is_last);
    if (is_last) trained.emplace_back(name, parameter);
  }
  ASSERT_EQ(trained.size(), 2);
  const auto gradients = [&](bool shared) {
    in_one(*model, groups, options({.shared_prefix = shared}));
    std::vector<Tensor> all;
    for (auto& [name, parameter] : trained) {
      all.push_back(parameter.grad().clone());
      parameter.mutable_grad().reset();
    }
    return all;
  };
  const std::vector<Tensor> shared = gradients(true), naive = gradients(false);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    EXPECT_GT(naive[i].norm().item<double>(), 0);
    EXPECT_LE((shared[i] - naive[i]).norm().item<double>(), 1e-4 * naive[i].norm().item<double>());
  }
}

TEST(SlicesOfAMicroBatch, AreNotMadeWhereAllTokensAreCompared) {
  const auto model = tiny_model();
  const std::vector<Group> groups = {make_group(2, 4, 3), make_group(1, 4, 9)};
  MicroBatchOptions whole = options(), sliced = options();
  whole.loss.top_entropy_quantile = sliced.loss.top_entropy_quantile = 0.5;
  sliced.slice_tokens = 1;
  const Outcome a = run(*model, groups, whole), b = run(*model, groups, sliced);
  EXPECT_DOUBLE_EQ(a.loss, b.loss);
}

TEST(Rollout, LogProbsAreThoseOfTheTrainingPass) {
  const auto model = tiny_model();
  std::vector<Group> groups = {make_group(2, 0, 5), make_group(1, 0, 6)};
  const PrefilledPrompts prompts = prefill_groups(*model, groups, nullptr);
  std::vector<Request> requests;
  for (std::size_t prefix = 0; prefix < 4; ++prefix) {
    requests.push_back({.prefix = std::make_shared<const Prefix>(prompts.prefixes[prefix])});
    requests.back().options = {.sampling = {.temperature = kTemperature, .max_new_tokens = 9},
                               .stop_ids = {4, 5, 6}};
    for (std::uint64_t k = 0; k < 3; ++k)
      requests.back().samples.push_back({.seed = 1, .prompt = prefix, .sample = k});
  }
  const std::vector<Result> results =
      Engine(borrowed(*model), {.batch_rows = 5}).run(std::move(requests));
  for (std::size_t prefix = 0; prefix < 4; ++prefix) {
    for (const Completion& completion : results[prefix].completions) {
      groups[prefix / 2].samples.push_back({.prompt = prefix % 2,
                                            .token_ids = completion.token_ids,
                                            .old_logps = completion.logprobs});
    }
  }
  FeatureCache cache;
  const Tensor logps = policy_logps(*model, groups, {.temperature = kTemperature}, &cache);
  std::int64_t at = 0;
  for (const Result& result : results) {
    for (const Completion& completion : result.completions) {
      for (const float sampled : completion.logprobs)
        EXPECT_NEAR(logps[at++].item<double>(), sampled, 1e-5);
    }
  }
  EXPECT_EQ(at, logps.size(0));
}

}  // namespace
}  // namespace juror
