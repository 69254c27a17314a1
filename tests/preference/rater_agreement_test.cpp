#include "preference/rater_agreement.h"

#include <gtest/gtest.h>

#include <vector>

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

std::vector<double> values_of(const GeneratorLeak& leak) {
  std::vector<double> values;
  for (const ClusteredValue& value : leak.values()) values.push_back(value.value);
  return values;
}

TEST(GeneratorLeak, IsScoredOnTheOtherHalf) {
  GeneratorLeak leak;
  leak.add("a", "b", 7, 0);
  EXPECT_EQ(values_of(leak), std::vector<double>{0.5});  // nothing is known from the other half
  leak.add("a", "b", 8, 1);
  EXPECT_EQ(values_of(leak), (std::vector<double>{1, 1}));
  leak.add("b", "a", 8, 1);
  leak.add("b", "a", 9, 1);
  // Half 0 (a won) is told by half 1, where b won 2 of 3: wrong. Half 1 is told by half 0: 1 of 3
  // right.
  EXPECT_EQ(values_of(leak), (std::vector<double>{0, 1, 0, 0}));
  EXPECT_EQ(leak.values()[2].cluster, 8U);
}

}  // namespace
}  // namespace juror
