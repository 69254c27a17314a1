// Advantages and losses of GRPO on numbers worked out by hand.
#include "train/grpo.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "temp_folder.h"
#include "train/grpo_step.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

Tensor row(std::vector<float> values) { return at::tensor(values, at::kFloat); }

TEST(GroupAdvantages, CentreAndDivideByTheUnbiasedSpreadOfTheGroup) {
  const Advantages a = group_advantages(row({1, 2, 3, 10, 20, 30}), 3, "group");
  EXPECT_TRUE(at::allclose(a.values, row({-1, 0, 1, -1, 0, 1}), 0, 2e-4))
      << a.values;  // std 1 and 10
  EXPECT_TRUE(at::allclose(a.std, row({1, 10})));
}

TEST(GroupAdvantages, CanDivideByTheSpreadOfTheBatchOrNotAtAll) {
  const Tensor rewards = row({0, 2, 4, 6});
  EXPECT_TRUE(at::allclose(group_advantages(rewards, 2, "none").values, row({-1, 1, -1, 1})));
  const float std = std::sqrt(20.0F / 3);  // mean 3, squares 9 + 1 + 1 + 9
  EXPECT_TRUE(at::allclose(group_advantages(rewards, 2, "batch").values,
                           row({-1, 1, -1, 1}) / (std + 1e-4F)));
}

TEST(GroupAdvantages, AreExactlyZeroWithoutSpread) {
  for (const char* scale : {"group", "batch", "none"}) {
    EXPECT_TRUE(
        at::equal(group_advantages(row({0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F, 0, 1, 0}), 3, scale)
                      .values.narrow(0, 0, 6),
                  at::zeros({6})))
        << scale;
  }
}

TEST(GroupAdvantages, RefuseASingleCompletionAndRewardsThatAreNoNumbers) {
  EXPECT_THAT(refusal_of(
                  [] {
                    group_advantages(row({1, 2}), 1, "group");
                  },
                  ErrorKind::kUser),
              HasSubstr("at least 2"));
  EXPECT_THAT(refusal_of(
                  [] {
                    group_advantages(row({1, std::nanf("")}), 2, "group");
                  },
                  ErrorKind::kUser),
              HasSubstr("not a finite number"));
}

/// Two completions of 2 and 1 tokens.
TokenBatch small_batch() {
  TokenBatch batch;
  batch.mask = row({1, 1, 1, 0}).reshape({2, 2});
  batch.logps = row({-1, -2, -3, 0}).reshape({2, 2}).requires_grad_(true);
  batch.entropies = row({0.5F, 1.5F, 1, 0}).reshape({2, 2});
  batch.advantages = row({2, -1}).reshape({2, 1});
  return batch;
}

struct Aggregation {
  const char* loss_type;
  std::vector<float> weights;
};
class TokenWeights : public ::testing::TestWithParam<Aggregation> {};

TEST_P(TokenWeights, FollowTheAggregation) {
  const Tensor weights =
      token_weights(small_batch().mask, GetParam().loss_type,
                    {.batch_tokens = 10, .micro_batches = 2, .max_completion_length = 5});
  EXPECT_TRUE(at::allclose(weights.flatten(), row(GetParam().weights))) << weights;
}

INSTANTIATE_TEST_SUITE_P(LossTypes, TokenWeights,
                         ::testing::Values(Aggregation{"grpo", {0.125F, 0.125F, 0.25F, 0}},
                                           Aggregation{"sapo", {0.125F, 0.125F, 0.25F, 0}},
                                           Aggregation{"bnpo", {1 / 6.F, 1 / 6.F, 1 / 6.F, 0}},
                                           Aggregation{"dr_grpo", {0.05F, 0.05F, 0.05F, 0}},
                                           Aggregation{"dapo", {0.1F, 0.1F, 0.1F, 0}},
                                           Aggregation{"cispo", {0.1F, 0.1F, 0.1F, 0}}));

TEST(GrpoLoss, OnPolicyIsTheAdvantageAndItsGradientThePolicyGradient) {
  TokenBatch batch = small_batch();
  const GrpoLoss loss = grpo_loss(batch, {}, {.batch_tokens = 3});
  EXPECT_NEAR(loss.loss.item<double>(), -(2 + 2 - 1) / 3.0, 1e-6);
  loss.loss.backward();
  EXPECT_TRUE(at::allclose(batch.logps.grad().flatten(), row({-2 / 3.F, -2 / 3.F, 1 / 3.F, 0})));
  EXPECT_DOUBLE_EQ(loss.stats.tokens, 3);
  EXPECT_NEAR(loss.stats.entropy, 3, 1e-6);
}

TEST(GrpoLoss, ClipsRatiosOnTheSideWhereTheyWouldGain) {
  TokenBatch batch = small_batch();
  // ratios e^0.5, e^-0.5 with advantage 2, e^-0.5 with advantage -1
  batch.old_logps = row({-1.5F, -1.5F, -2.5F, 0}).reshape({2, 2});
  const GrpoLoss loss = grpo_loss(batch, {}, {.batch_tokens = 3});
  const double down = std::exp(-0.5);
  EXPECT_NEAR(loss.loss.item<double>(), -(2 * 1.28 + 2 * down - 0.8) / 3, 1e-6);
  loss.loss.backward();
  EXPECT_EQ(batch.logps.grad()[0][0].item<double>(), 0);
  EXPECT_EQ(batch.logps.grad()[1][0].item<double>(), 0);
  EXPECT_DOUBLE_EQ(loss.stats.clipped_high, 1);
  EXPECT_DOUBLE_EQ(loss.stats.clipped_low, 1);
}

TEST(GrpoLoss, DualClipBoundsWhatABadCompletionCosts) {
  TokenBatch batch = small_batch();
  batch.old_logps = row({-1, -2, -6, 0}).reshape({2, 2});  // ratio e^3 with advantage -1
  EXPECT_NEAR(grpo_loss(batch, {.clip_ratio_c = 3}, {.batch_tokens = 3}).loss.item<double>(),
              (-4 + 3) / 3.0, 1e-6);
  EXPECT_NEAR(grpo_loss(batch, {}, {.batch_tokens = 3}).loss.item<double>(),
              (-4 + std::exp(3.0)) / 3.0, 1e-5);
}

TEST(GrpoLoss, AddsTheClampedKlOfTheReference) {
  TokenBatch batch = small_batch();
  batch.ref_logps = row({-1, -1, -60, 0}).reshape({2, 2});  // d = 0, 1, -57
  const GrpoLoss loss = grpo_loss(batch, {.beta = 0.5}, {.batch_tokens = 3});
  const double kl = (std::exp(1.0) - 2) + (std::exp(-20.0) + 20 - 1);
  EXPECT_NEAR(loss.stats.kl, kl, 1e-4);
  EXPECT_NEAR(loss.loss.item<double>(), -1 + 0.5 * kl / 3, 1e-5);
  EXPECT_THAT(refusal_of([&] { grpo_loss(small_batch(), {.beta = 0.5}, {.batch_tokens = 3}); },
                         ErrorKind::kUser),
              HasSubstr("reference"));
}

TEST(GrpoLoss, CountsOnlyTheTokensOfHighestEntropyWhenAsked) {
  const GrpoLoss loss =
      grpo_loss(small_batch(), {.top_entropy_quantile = 0.3}, {.batch_tokens = 3});
  EXPECT_NEAR(loss.loss.item<double>(), -2 / 3.0,
              1e-6);  // entropies 0.5, 1, 1.5: above their 0.7-quantile 1.2 is 1.5
}

TEST(GrpoLoss, EntropyBonusIsAMeanOverTheTokensThatCountForEveryLossType) {
  const LossReduction reduction{.batch_tokens = 12, .micro_batches = 4, .max_completion_length = 5};
  const auto bonus = [&](GrpoLossOptions options) {
    const double without = grpo_loss(small_batch(), options, reduction).loss.item<double>();
    options.entropy_coef = 0.5;
    return without - grpo_loss(small_batch(), options, reduction).loss.item<double>();
  };
  for (const char* loss_type : {"grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo"}) {
    EXPECT_NEAR(bonus({.loss_type = loss_type}), 0.5 * (0.5 + 1 + 1.5) / 3 / 4, 1e-6) << loss_type;
    EXPECT_NEAR(bonus({.loss_type = loss_type, .top_entropy_quantile = 0.3}), 0.5 * 1.5 / 4, 1e-6)
        << loss_type;
  }
}

/// A policy that thinks one of two thoughts and then answers 1 or 2. Its gradient by enumeration of
/// all completions, through the same functions that the trainer calls, against the derivative of
/// the expected reward itself.
class ToyPolicy : public ::testing::Test {
 protected:
  Tensor thought_ = row({0.3F, -0.4F}).requires_grad_(true);  // logits
  Tensor answer_ =
      row({0.5F, -0.2F, -1.0F, 0.7F}).reshape({2, 2}).requires_grad_(true);  // by thought

  static double reward(double p) { return 1 - (p - 0.8) * (p - 0.8); }  // brier against v = 0.8
  static double slope(double p) { return -2 * (p - 0.8); }

  std::pair<Tensor, Tensor> gradient_of(const Tensor& loss) {
    loss.backward();
    std::pair<Tensor, Tensor> result = {thought_.grad().clone(), answer_.grad().clone()};
    thought_.mutable_grad().reset();
    answer_.mutable_grad().reset();
    return result;
  }

  Tensor expected_reward() const {
    const Tensor p = at::softmax(answer_, -1).select(1, 0);
    return (at::softmax(thought_, -1) * (1 - (p - 0.8).square())).sum();
  }

  /// The GRPO loss over the four completions, each weighted by its probability.
  Tensor enumerated_loss(bool exact) {
    const Tensor log_thought = at::log_softmax(thought_, -1),
                 log_answer = at::log_softmax(answer_, -1);
    std::vector<Tensor> logps, advantages, ps;
    std::vector<float> slopes;
    for (std::int64_t t = 0; t < 2; ++t) {
      for (std::int64_t a = 0; a < 2; ++a) {
        logps.push_back(at::stack({log_thought[t], log_answer[t][a]}));
        const double chance = (log_thought[t] + log_answer[t][a]).exp().item<double>() * 4 *
                              2;  // undoes the mean over rows and tokens
        const double p = log_answer[t][0].exp().item<double>();
        const auto full = static_cast<float>(chance * reward(p));
        advantages.push_back(row({full, exact ? 0.0F : full}));
        ps.push_back(log_answer[t][0].exp());
        slopes.push_back(exact ? static_cast<float>(chance * slope(p)) : 0.0F);
      }
    }
    TokenBatch batch{.logps = at::stack(logps),
                     .old_logps = {},
                     .ref_logps = {},
                     .entropies = at::zeros({4, 2}),
                     .advantages = at::stack(advantages),
                     .mask = at::ones({4, 2})};
    const LossReduction reduction{.batch_tokens = 8};
    const Tensor weights = token_weights(batch.mask, "dapo", reduction).select(1, 1);
    return grpo_loss(batch, {}, reduction).loss +
           answer_path_loss(at::stack(ps), row(slopes), weights);
  }
};

TEST_F(ToyPolicy, ExactAnswerGradientIsTheGradientOfTheExpectedReward) {
  const auto [thought, answer] = gradient_of(-expected_reward());
  const auto [thought_grpo, answer_grpo] = gradient_of(enumerated_loss(true));
  EXPECT_TRUE(at::allclose(thought_grpo, thought, 1e-5, 1e-7)) << thought_grpo << thought;
  EXPECT_TRUE(at::allclose(answer_grpo, answer, 1e-5, 1e-7)) << answer_grpo << answer;
  EXPECT_GT(answer.abs().max().item<double>(), 0.01);
}

TEST_F(ToyPolicy, ScoreAnswerGradientTeachesTheThoughtAlone) {
  const auto [thought, answer] = gradient_of(-expected_reward());
  const auto [thought_grpo, answer_grpo] = gradient_of(enumerated_loss(false));
  EXPECT_TRUE(at::allclose(thought_grpo, thought, 1e-5, 1e-7));
  EXPECT_TRUE(at::allclose(answer_grpo, at::zeros({2, 2}), 0, 1e-7)) << answer_grpo;
}

}  // namespace
}  // namespace juror
