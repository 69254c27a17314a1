// Each protocol's formula on cases worked out by hand.
#include "eval/protocols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Three images: the first is best, the other two tie. p of the pairs (0,1), (0,2), (1,2).
JudgedExample three(double p01, double p02, double p12) {
  return {.ranks = {1, 2, 2},
          .scores = {},
          .pairs = {{0, 1, p01, 1}, {0, 2, p02, 1}, {1, 2, p12, 0.5}}};
}

TEST(ImageRewardProtocol, LeavesHumanTiesOutAndCountsAPredictedTieAsWrong) {
  const Scores scores = score_imagereward(three(0.9, 0.5, 0.2), 0);
  EXPECT_THAT(scores[0], ElementsAre(1, 0));
  EXPECT_THAT(scores[1], ElementsAre(1, 0));
}

TEST(ImageRewardProtocol, CountsAnUnreadPairAsWrong) {
  EXPECT_THAT(score_imagereward(three(kUnknown, 0.4, kUnknown), 0)[0], ElementsAre(0, 0));
}

TEST(ImageRewardProtocol, TakesTheOtherSideWhereTheSecondImageIsBetter) {
  const JudgedExample example{.ranks = {4, 1}, .scores = {}, .pairs = {{0, 1, 0.3, 0}}};
  EXPECT_THAT(score_imagereward(example, 0)[0], ElementsAre(1));
}

TEST(Hpdv2Protocol, CountsInversionsOverPairs) {
  EXPECT_DOUBLE_EQ(hpdv2_agreement({3, 2, 1}, {1, 2, 3}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({1, 2, 3}, {1, 2, 3}), 0.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 3, 1}, {1, 2, 3}),
                   2.0 / 3);  // one of three pairs is turned round
}

TEST(Hpdv2Protocol, HumanTiesAgreeWithEverythingAndPredictedTiesWithThemAlone) {
  EXPECT_DOUBLE_EQ(hpdv2_agreement({1, 2}, {1.5, 1.5}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 2}, {1.5, 1.5}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 2}, {1, 2}), 0.0);
}

/// As HPSv2 publishes it: a pair is an inversion only where both orders are strict and contrary.
double published_agreement(const std::vector<double>& scores, const std::vector<double>& ranks) {
  double inversions = 0, pairs = 0;
  for (std::size_t j = 1; j < ranks.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      inversions += (scores[i] - scores[j]) * (ranks[i] - ranks[j]) > 0;
      ++pairs;
    }
  }
  return 1 - inversions / pairs;
}

TEST(Hpdv2Protocol, EqualsThePublishedFormulaWhereNoScoresTieAndIsStricterWhereTheyDo) {
  std::vector<double> scores = {0.3, -1, 2.5, 0.7};
  std::sort(scores.begin(), scores.end());
  do {  // every order of four images, against people with and without a tie
    for (const std::vector<double>& ranks :
         {std::vector<double>{1.2, 3.4, 2.1, 3.3}, std::vector<double>{1.5, 3, 1.5, 4}})
      EXPECT_DOUBLE_EQ(hpdv2_agreement(scores, ranks), published_agreement(scores, ranks));
  } while (std::next_permutation(scores.begin(), scores.end()));
  EXPECT_DOUBLE_EQ(published_agreement({1, 1, 1}, {1, 2, 3}), 1);  // who says nothing is perfect
  EXPECT_DOUBLE_EQ(hpdv2_agreement({1, 1, 1}, {1, 2, 3}), 0);
}

TEST(Hpdv2Protocol, LooksAtTheOrderOfScoresAndNotAtThePairs) {
  JudgedExample example = three(0.1, 0.1, 0.1);
  example.scores = {3, 1, 2};
  EXPECT_THAT(score_hpdv2(example, 0), ElementsAre(ElementsAre(1, 1, 1), ElementsAre(1, 1, 1)));
}

TEST(Hpdv2Protocol, RefusesScoresThatDoNotMatch) {
  EXPECT_THROW(hpdv2_agreement({1, 2, 3}, {1, 2}), Error);
}

TEST(Hpdv3Protocol, AsksForStrictlyMoreThanHalf) {
  EXPECT_THAT(score_hpdv3(three(0.5, 0.51, 0.9), 0), ElementsAre(ElementsAre(0, 1)));
}

TEST(Hpdv3Protocol, IgnoresTheTieBand) {
  EXPECT_THAT(score_hpdv3(three(0.51, 0.51, 0.9), 0.3)[0], ElementsAre(1, 1));
}

TEST(PickapicProtocol, GivesHalfAPointWhereOneSideAloneCallsATie) {
  // decided right: 1; predicted tie, people decided: ½; people tied, predicted decided: ½
  EXPECT_THAT(score_pickapic(three(0.9, 0.52, 0.9), 0.1)[0], ElementsAre(1, 0.5, 0.5));
  // decided wrong: 0; people tied and so predicted: 1
  EXPECT_THAT(score_pickapic(three(0.1, 0.9, 0.45), 0.1)[0], ElementsAre(0, 1, 1));
}

TEST(PickapicProtocol, GivesAnUnreadPairNothingEvenWherePeopleTie) {
  EXPECT_THAT(score_pickapic(three(0.9, kUnknown, kUnknown), 0.1)[0], ElementsAre(1, 0, 0));
}

TEST(PairsProtocol, ScoresWithoutTiesStrictlyAndWithTiesAsAThirdOutcome) {
  const Scores scores = score_pairs(three(0.9, 0.55, 0.45), 0.1);
  EXPECT_THAT(scores[0], ElementsAre(1, 1));     // 0.55 is on the right side
  EXPECT_THAT(scores[1], ElementsAre(1, 0, 1));  // and inside the tie band
}

TEST(PairsProtocol, HasNoValueWithoutTiesWhereEverythingTies) {
  const JudgedExample example{.ranks = {1, 1}, .scores = {}, .pairs = {{0, 1, 0.7, 0.5}}};
  EXPECT_THAT(score_pairs(example, 0), ElementsAre(IsEmpty(), ElementsAre(0)));
}

TEST(Protocols, AreFoundByNameAndAnUnknownOneNamesThemAll) {
  EXPECT_EQ(find_protocol("hpdv3").name, "hpdv3");
  try {
    find_protocol("hpd");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "There is no protocol 'hpd'. There are imagereward, hpdv2, hpdv3, pickapic, "
                 "pairs, opinion.");
  }
}

TEST(Protocols, ScoreAsManyListsAsTheyNameMetrics) {
  JudgedExample example = three(0.9, 0.8, 0.5);
  example.scores = {3, 2, 1};
  for (const Protocol& protocol : protocols())
    EXPECT_EQ(protocol.score(example, 0).size(), protocol.metrics.size()) << protocol.name;
}

}  // namespace
}  // namespace juror
