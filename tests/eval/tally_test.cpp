// Sums of a protocol over examples, intervals over prompts, and the paired comparison of two
// judges.
#include "eval/tally.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

JudgedExample example_of(std::size_t prompt, const std::vector<double>& p_of_pairs_won_by_first) {
  JudgedExample example{.prompt = prompt};
  for (std::size_t i = 0; i <= p_of_pairs_won_by_first.size(); ++i)
    example.ranks.push_back(static_cast<double>(i + 1));
  for (std::size_t i = 0; i < p_of_pairs_won_by_first.size(); ++i) {
    example.pairs.push_back(
        {.first = i, .second = i + 1, .p = p_of_pairs_won_by_first[i], .share = 1});
  }
  return example;
}

TEST(Tally, WeighsPairsForMicroAndExamplesForMacro) {
  Tally tally(find_protocol("imagereward"), 0);
  tally.add(example_of(0, {0.9, 0.9, 0.9}));  // 3 of 3
  tally.add(example_of(1, {0.1}));            // 0 of 1
  const auto measured = tally.measured(0);
  EXPECT_EQ(measured[0].name, "micro");
  EXPECT_DOUBLE_EQ(measured[0].accuracy, 0.75);
  EXPECT_DOUBLE_EQ(measured[0].n, 4);
  EXPECT_EQ(measured[1].name, "macro");
  EXPECT_DOUBLE_EQ(measured[1].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(measured[1].n, 2);
}

TEST(Tally, DrawsPromptsAgainAndNotPairs) {
  Tally tally(find_protocol("hpdv3"), 0);
  for (int i = 0; i < 50; ++i)
    tally.add(example_of(0, {0.9, 0.1}));  // one prompt, however many examples
  const Measured measured = tally.measured(0).front();
  const Interval one_trial = wilson(0.5, 1);
  EXPECT_DOUBLE_EQ(measured.interval.low, one_trial.low);
  EXPECT_DOUBLE_EQ(measured.interval.high, one_trial.high);
}

TEST(Tally, IsUnknownWhereNothingCounts) {
  EXPECT_TRUE(std::isnan(Tally(find_protocol("pairs"), 0).measured(0).front().accuracy));
}

TEST(Tally, CountsTheJudgementsOfOneExampleByTheirMean) {
  Tally tally(find_protocol("imagereward"), 0);
  tally.add_mean(
      {{example_of(0, {0.9, 0.9})}, {example_of(0, {0.9, 0.1})}});  // 3 of 4, as two pairs
  tally.add(example_of(1, {0.1, 0.1}));
  EXPECT_DOUBLE_EQ(tally.measured(0)[0].accuracy, 0.375);
  EXPECT_DOUBLE_EQ(tally.measured(0)[0].n, 4);
}

TEST(PairedDifference, OfAJudgeThatIsBetterOnEveryPromptIsReal) {
  std::vector<ClusteredValue> a, b;
  for (std::size_t prompt = 0; prompt < 20; ++prompt) {
    a.push_back({.value = prompt % 2 == 0 ? 1.0 : 0.5, .cluster = prompt, .weight = 2});
    b.push_back({.value = a.back().value - 0.25, .cluster = prompt, .weight = 2});
  }
  const Difference difference = paired_difference("x", a, b, 0);
  EXPECT_DOUBLE_EQ(difference.first, 0.75);
  EXPECT_DOUBLE_EQ(difference.second, 0.5);
  EXPECT_DOUBLE_EQ(difference.difference, 0.25);
  // Paired: the spread over prompts cancels. What twenty equal differences leave open is 3.84
  // / 23.84 of the way to -1.
  EXPECT_NEAR(difference.interval.low, 0.25 - 1.25 * 3.8414588 / 23.8414588, 1e-6);
  EXPECT_TRUE(difference.is_real);
}

TEST(PairedDifference, OnOnePromptIsNever) {
  const Difference difference =
      paired_difference("x", {{.value = 1, .cluster = 3}}, {{.value = 0, .cluster = 3}}, 0);
  EXPECT_EQ(difference.difference, 1);
  EXPECT_LT(difference.interval.low, 0);
  EXPECT_FALSE(difference.is_real);
}

TEST(Tally, OfPairsThatAreAllRightHasALowerBoundBelowOne) {
  Tally tally(find_protocol("hpdv3"), 0);
  for (std::size_t prompt = 0; prompt < 10; ++prompt) tally.add(example_of(prompt, {0.9}));
  const Measured measured = tally.measured(0).front();
  EXPECT_EQ(measured.accuracy, 1);
  EXPECT_DOUBLE_EQ(measured.interval.low, wilson(10, 10).low);
  EXPECT_EQ(measured.interval.high, 1);
}

TEST(PairedDifference, ThatChangesSignFromPromptToPromptIsNot) {
  std::vector<ClusteredValue> a, b;
  for (std::size_t prompt = 0; prompt < 20; ++prompt) {
    a.push_back({.value = prompt % 2 == 0 ? 1.0 : 0.0, .cluster = prompt});
    b.push_back({.value = 1 - a.back().value, .cluster = prompt});
  }
  const Difference difference = paired_difference("x", a, b, 0);
  EXPECT_DOUBLE_EQ(difference.difference, 0);
  EXPECT_FALSE(difference.is_real);
}

TEST(PairedDifference, RefusesExamplesThatDoNotMatch) {
  const std::vector<ClusteredValue> one = {{.value = 1, .cluster = 0}},
                                    other = {{.value = 1, .cluster = 1}};
  EXPECT_THROW(paired_difference("x", one, {}, 0), Error);
  EXPECT_THROW(paired_difference("x", one, other, 0), Error);
}

}  // namespace
}  // namespace juror
