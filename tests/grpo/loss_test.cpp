// Advantages and losses of GRPO on numbers worked out by hand.
#include "grpo/loss.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "temp_folder.h"

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
                                           Aggregation{"cispo", {0.1F, 0.1F, 0.1F, 0}}),
                         [](const auto& info) { return std::string(info.param.loss_type); });

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

}  // namespace
}  // namespace juror
