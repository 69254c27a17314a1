#include "preference/rater_agreement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "preference/clustered_share.h"
#include "preference/generator_leak.h"

namespace juror {
namespace {

PreferenceExample example_of(std::vector<Ranks> votes) {
  PreferenceExample example;
  example.images.resize(votes[0].size());
  example.votes = std::move(votes);
  return example;
}

TEST(RaterAgreement, EqualsTheSharesCountedByHand) {
  // Pairs (1,2), (1,3), (2,3); raters A 123, B 132, C 213. A-B agree on 2 of 3, A-C on 2, B-C on 1:
  // (2+2+1)·2 / (6·3).
  const auto agreement = rater_agreement(example_of({{1, 2, 3}, {1, 3, 2}, {2, 1, 3}}));
  ASSERT_TRUE(agreement);
  EXPECT_DOUBLE_EQ(agreement->rater_rater, 5.0 / 9);
  // Mean ranks 4/3, 2, 8/3, that is A's order: A 3 of 3, B 2, C 2.
  EXPECT_DOUBLE_EQ(agreement->rater_mean, 7.0 / 9);
}

TEST(RaterAgreement, CountsATieOfTheTruthAsRightAndATieAgainstAPreferenceAsWrong) {
  // One pair; A prefers the first, B ties. Truth B: A is right. Truth A: B is wrong. The mean
  // prefers the first: A right, B wrong.
  const auto agreement = rater_agreement(example_of({{1, 2}, {1, 1}}));
  ASSERT_TRUE(agreement);
  EXPECT_DOUBLE_EQ(agreement->rater_rater, 0.5);
  EXPECT_DOUBLE_EQ(agreement->rater_mean, 0.5);
  EXPECT_DOUBLE_EQ(rater_agreement(example_of({{1, 2}, {2, 1}}))->rater_mean, 1);  // the mean ties
  EXPECT_FALSE(rater_agreement(example_of({{1, 2}})));
}

TEST(ClusteredShare, IsTheShareOfAllCasesWithTheIntervalOfClusterSums) {
  ClusteredShare sum;
  sum.add(1, 1);
  sum.add(1, 1);
  sum.add(0, 1);
  sum.add(0, 1);
  sum.add(0, 0);  // no cluster
  EXPECT_DOUBLE_EQ(sum.share(), 0.5);
  // Σ (hits − ½)² = 1; · 4/3 / 16 = 1/12; half width 1.959964 · √(1/12) = 0.565793, cut to 0 … 1.
  EXPECT_DOUBLE_EQ(sum.interval().low, 0);
  for (int i = 0; i < 96; ++i) sum.add(i % 2, 1);
  EXPECT_NEAR(sum.interval().high - 0.5, 1.959964 * std::sqrt(25.0 * 100 / 99) / 100, 1e-9);
}

TEST(ClusteredShare, IsWiderThanWilsonWhenClustersAgreeWithin) {
  ClusteredShare sum;
  for (int i = 0; i < 20; ++i) sum.add(i % 2 == 0 ? 36 : 0, 36);
  EXPECT_GT(sum.interval().high - sum.interval().low,
            3 * (wilson(360, 720).high - wilson(360, 720).low));
}

TEST(ClusteredShare, OfClustersThatAreAllAlikeIsWilsonsOverClusters) {
  ClusteredShare sum;
  for (int i = 0; i < 10; ++i) sum.add(36, 36);
  EXPECT_DOUBLE_EQ(sum.interval().low, wilson(10, 10).low);
}

TEST(GeneratorLeak, IsScoredOnTheOtherHalf) {
  GeneratorLeak leak;
  leak.add("a", "b", 0);
  EXPECT_DOUBLE_EQ(*leak.accuracy(), 0.5);  // nothing is known from the other half
  leak.add("a", "b", 1);
  EXPECT_DOUBLE_EQ(*leak.accuracy(), 1);
  leak.add("b", "a", 1);
  leak.add("b", "a", 1);
  // Half 0 (a won) is told by half 1, where b won 2 of 3: wrong. Half 1 is told by half 0: 1 of 3
  // right.
  EXPECT_DOUBLE_EQ(*leak.accuracy(), 0.25);
  EXPECT_EQ(leak.pairs(), 4);
}

}  // namespace
}  // namespace juror
