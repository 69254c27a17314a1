// HPDv2's protocol on cases worked out by hand.
#include "eval/hpdv2.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

TEST(Hpdv2, CountsInversionsOverPairs) {
  EXPECT_DOUBLE_EQ(hpdv2_agreement({3, 2, 1}, {1, 2, 3}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({1, 2, 3}, {1, 2, 3}), 0.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 3, 1}, {1, 2, 3}), 2.0 / 3);  // one of three pairs is turned round
}

TEST(Hpdv2, HumanTiesAgreeWithEverythingAndPredictedTiesWithThemAlone) {
  EXPECT_DOUBLE_EQ(hpdv2_agreement({1, 2}, {1.5, 1.5}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 2}, {1.5, 1.5}), 1.0);
  EXPECT_DOUBLE_EQ(hpdv2_agreement({2, 2}, {1, 2}), 0.0);
}

TEST(Hpdv2, MeanRanksAverageTheAnnotatorsAndNotTheConsensus) {
  const PreferenceExample example{.images = {"a", "b"}, .ranking = {2, 1}, .votes = {{1, 2}, {1, 2}, {2, 1}, {1, 2}}};
  EXPECT_EQ(mean_ranks(example), (std::vector<double>{1.25, 1.75}));
}

TEST(Hpdv2, BaselinesOfThreeAnnotatorsOfWhomOneDisagrees) {
  const std::vector<PreferenceExample> examples = {
      {.images = {"a", "b"}, .ranking = {}, .votes = {{1, 2}, {1, 2}, {2, 1}}}};
  const std::vector<ProtocolRow> rows = hpdv2_baselines(examples);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_DOUBLE_EQ(rows[0].accuracy, 2.0 / 3);  // two of three agree with the mean
  EXPECT_DOUBLE_EQ(rows[1].accuracy, 1.0 / 3);  // of six ordered pairs of annotators two agree
  EXPECT_DOUBLE_EQ(rows[2].accuracy, 1.0);      // the earlier image is the better one
}

TEST(Hpdv2, RefusesScoresThatDoNotMatch) { EXPECT_THROW(hpdv2_agreement({1, 2, 3}, {1, 2}), Error); }

}  // namespace
}  // namespace juror
