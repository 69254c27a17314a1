// Rewards on numbers worked out by hand; slopes against central differences.
#include "preference/reward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

TEST(SelectionReward, IsOneForThePreferredImageAndHalfForATie) {
  EXPECT_EQ(selection_reward(1, 0.9).value, 1);
  EXPECT_EQ(selection_reward(2, 0.9).value, 0);
  EXPECT_EQ(selection_reward(2, 0.0).value, 1);
  EXPECT_EQ(selection_reward(1, 0.5).value, 0.5);
}

TEST(ScoringReward, AsksForAStrictlyHigherScoreOrGradesTheMargin) {
  EXPECT_EQ(scoring_reward(7, 6, 1, 0).value, 1);
  EXPECT_EQ(scoring_reward(6, 6, 1, 0).value, 0);
  EXPECT_EQ(scoring_reward(6, 7, 0.2, 0).value, 1);
  EXPECT_DOUBLE_EQ(scoring_reward(7, 6, 1, 4).value, 0.25);
  EXPECT_DOUBLE_EQ(scoring_reward(1, 9, 1, 4).value, 0);
}

TEST(SoftReward, IsThePreferredImagesProbability) {
  EXPECT_DOUBLE_EQ(soft_reward(0.7, 0.9).value, 0.7);
  EXPECT_DOUBLE_EQ(soft_reward(0.7, 0.1).value, 0.3);
  EXPECT_DOUBLE_EQ(soft_reward(0.7, 0.5).value, 0.5);
}

TEST(VoteRewards, HaveTheirHandComputedValues) {
  EXPECT_DOUBLE_EQ(soft_votes_reward(0.7, 0.8).value, 0.7 * 0.8 + 0.3 * 0.2);
  EXPECT_DOUBLE_EQ(brier_reward(0.7, 0.8).value, 0.99);
  EXPECT_NEAR(log_reward(0.5, 0.8, 4).value, 1 - std::log(2.0) / 4, 1e-12);
  EXPECT_EQ(log_reward(1e-9, 1, 4).value, 0);  // clipped
  EXPECT_NEAR(fidelity_reward(0.36, 0.64).value, 2 * 0.48, 1e-12);
  EXPECT_NEAR(fidelity_reward(0.3, 0.3).value, 1, 1e-12);
  EXPECT_DOUBLE_EQ(flip_reward(0.7, 0.3).value, 1);
  EXPECT_NEAR(flip_reward(0.9, 0.6).value, 0.5, 1e-12);
}

struct Sloped {
  const char* name;
  std::function<Reward(double)> of_p;
};
class Slope : public ::testing::TestWithParam<Sloped> {};

TEST_P(Slope, IsTheDerivativeByP) {
  constexpr double kStep = 1e-6;
  for (const double p : {0.05, 0.3, 0.62, 0.9}) {
    const double difference =
        (GetParam().of_p(p + kStep).value - GetParam().of_p(p - kStep).value) / (2 * kStep);
    EXPECT_NEAR(GetParam().of_p(p).slope, difference, 1e-5 * std::max(1.0, std::abs(difference)))
        << p;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rewards, Slope,
    ::testing::Values(Sloped{"soft", [](double p) { return soft_reward(p, 0.2); }},
                      Sloped{"soft_votes", [](double p) { return soft_votes_reward(p, 0.8); }},
                      Sloped{"brier", [](double p) { return brier_reward(p, 0.8); }},
                      Sloped{"log", [](double p) { return log_reward(p, 0.8, 4); }},
                      Sloped{"fidelity", [](double p) { return fidelity_reward(p, 0.8); }},
                      Sloped{"flip", [](double p) { return flip_reward(p, 0.5); }}),
    [](const auto& info) { return info.param.name; });

TEST(ProperRewards, AreLargestInExpectationAtTheVoteShare) {
  for (double p = 0.05; p < 1; p += 0.05) {
    EXPECT_LE(brier_reward(p, 0.8).value, brier_reward(0.8, 0.8).value);
    EXPECT_LE(log_reward(p, 0.8, 4).value, log_reward(0.8, 0.8, 4).value);
  }
}

TEST(KendallReward, MapsTauBToTheUnitInterval) {
  const std::array<int, 3> order = {1, 2, 3}, other = {1, 3, 2}, reversed = {3, 2, 1},
                           tied = {1, 1, 1}, half = {1, 1, 2};
  EXPECT_DOUBLE_EQ(kendall_reward(order, order), 1);
  EXPECT_DOUBLE_EQ(kendall_reward(order, reversed), 0);
  EXPECT_NEAR(kendall_reward(order, other), 0.5 * (1 + 1 / 3.0), 1e-12);
  EXPECT_NEAR(kendall_reward(half, order), 0.5 * (1 + 2 / std::sqrt(6.0)), 1e-12);
  EXPECT_DOUBLE_EQ(kendall_reward(tied, order), 0.5);
  EXPECT_THAT(refusal_of(
                  [&] {
                    kendall_reward(order, std::array<int, 2>{1, 2});
                  },
                  ErrorKind::kUser),
              HasSubstr("3 and 2"));
}

TEST(LengthReward, FallsLinearlyOverTheBuffer) {
  EXPECT_EQ(length_reward(80, 100, 20), 0);
  EXPECT_DOUBLE_EQ(length_reward(90, 100, 20), -0.5);
  EXPECT_EQ(length_reward(100, 100, 20), -1);
  EXPECT_EQ(length_reward(130, 100, 20), -1);
  EXPECT_EQ(length_reward(100, 100, 0), 0);
}

TEST(RepetitionReward, CountsRunsThatComeAgain) {
  EXPECT_EQ(repetition_reward(std::vector<std::int64_t>{1, 2, 3, 4}, 3), 0);
  EXPECT_DOUBLE_EQ(repetition_reward(std::vector<std::int64_t>{5, 5, 5, 5, 5}, 3), 1 / 3.0 - 1);
  EXPECT_EQ(repetition_reward(std::vector<std::int64_t>{5, 5}, 3), 0);
}

}  // namespace
}  // namespace juror
