#include "preference/correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "preference/rating.h"

namespace juror {
namespace {

using Values = std::vector<double>;

nlohmann::json golden() {
  return nlohmann::json::parse(
      read_file(std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden/correlation/cases.json"));
}

TEST(Pearson, IsTheCosineOfCentredValues) {
  // (−1, 0, 1)·(−2, 1, 1) = 3; |x|² = 2, |y|² = 6; 3/√12.
  EXPECT_NEAR(pearson(Values{1, 2, 3}, Values{0, 3, 3}), 3 / std::sqrt(12), 1e-15);
  EXPECT_DOUBLE_EQ(pearson(Values{1, 2, 3}, Values{3, 2, 1}), -1);
}

TEST(Spearman, SharesTheMeanRankOfTies) {
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: centred products 2.25 + 2.25; squares 4.5 and 5.
  EXPECT_NEAR(spearman(Values{10, 20, 20, 30}, Values{1, 2, 3, 4}), 4.5 / std::sqrt(4.5 * 5),
              1e-15);
  EXPECT_DOUBLE_EQ(spearman(Values{1, 10, 100}, Values{2, 3, 4}), 1);
}

TEST(Kendall, CountsPairsInOrderLessPairsTurnedRound) {
  // 1 3 2 against 1 2 3: two pairs in order, one turned round.
  EXPECT_NEAR(kendall(Values{1, 2, 3}, Values{1, 3, 2}), 1.0 / 3, 1e-15);
  // One tie on the left of six pairs: (5 − 0)/√(5·6).
  EXPECT_NEAR(kendall(Values{1, 2, 2, 3}, Values{1, 2, 3, 4}), 5 / std::sqrt(30), 1e-15);
}

TEST(Correlation, IsUnknownWithoutSpreadAndRefusesOtherLengths) {
  EXPECT_TRUE(std::isnan(pearson(Values{1, 1, 1}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(spearman(Values{1}, Values{2})));
  EXPECT_TRUE(std::isnan(kendall(Values{1, 2}, Values{5, 5})));
  EXPECT_FALSE(fit_logistic_mapping(Values{1, 2, 3, 4}, Values{1, 2, 3, 4}));
  EXPECT_THROW(pearson(Values{1, 2}, Values{1}), Error);
}

TEST(Correlation, EqualsScipys) {
  for (const auto& json : golden()["cases"]) {
    SCOPED_TRACE(json["name"]);
    const Values scores = json["scores"], opinions = json["opinions"];
    EXPECT_NEAR(pearson(scores, opinions), json["pearson"].get<double>(), 1e-12);
    EXPECT_NEAR(spearman(scores, opinions), json["spearman"].get<double>(), 1e-12);
    EXPECT_NEAR(kendall(scores, opinions), json["kendall"].get<double>(), 1e-12);
  }
}

TEST(LogisticMapping, LeavesTheSquaresThatScipysDoes) {
  for (const auto& json : golden()["cases"]) {
    SCOPED_TRACE(json["name"]);
    const Values scores = json["scores"], opinions = json["opinions"];
    const auto mapping = fit_logistic_mapping(scores, opinions);
    ASSERT_TRUE(mapping);
    Values mapped;
    double squares = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      mapped.push_back((*mapping)(scores[i]));
      squares += std::pow(mapped[i] - opinions[i], 2);
    }
    EXPECT_LE(squares, json["squares"].get<double>() * (1 + 1e-6));
    if (json["name"] != "noise")  // where many curves are as bad
      EXPECT_NEAR(pearson(mapped, opinions), json["mapped_pearson"].get<double>(), 1e-5);
  }
}

TEST(LogisticMapping, IsNeverWorseThanTheStraightLine) {
  Random random{3};
  for (int trial = 0; trial < 50; ++trial) {
    Values scores, opinions;
    for (int i = 0; i < 40; ++i) {
      scores.push_back(random.normal());
      opinions.push_back(50 + 5 * scores.back() + 20 * random.normal());
    }
    const auto mapping = fit_logistic_mapping(scores, opinions);
    Values mapped;
    for (const double score : scores) mapped.push_back((*mapping)(score));
    EXPECT_GT(pearson(mapped, opinions), std::abs(pearson(scores, opinions)) - 1e-3) << trial;
  }
}

TEST(ModelledShare, EqualsScipys) {
  for (const auto& json : golden()["shares"])
    EXPECT_NEAR(modelled_share(json["difference"], json["sd_a"], json["sd_b"]),
                json["share"].get<double>(), 1e-12);
}

TEST(Correlations, LieInTheirIntervalsAndLeaveUnknownScoresOut) {
  const auto json = golden()["cases"][0];
  Values scores = json["scores"], opinions = json["opinions"];
  scores.push_back(std::nan(""));
  opinions.push_back(0);
  const Correlations found = correlations(scores, opinions, {.replicates = 200});
  EXPECT_EQ(found.n, 60);
  for (const MeasuredNumber& one : {found.srocc, found.plcc, found.plcc_plain, found.krcc}) {
    EXPECT_LT(one.low, one.value);
    EXPECT_GT(one.high, one.value);
  }
  EXPECT_NEAR(found.srocc.value, json["spearman"].get<double>(), 1e-12);
}

TEST(MeasuredOverImages, IsTheMeanOverPairs) {
  const auto share = measured_over_images(std::vector<PairValue>{{7, 9, 1}, {7, 3, 0}, {3, 9, 1}});
  ASSERT_TRUE(share);
  EXPECT_DOUBLE_EQ(share->value, 2.0 / 3);
  EXPECT_EQ(share->n, 3);
  EXPECT_FALSE(measured_over_images({}));
}

TEST(MeasuredOverImages, IsWiderThanPairsWouldBeWherePairsShareImages) {
  // Ten images of fifty lose every pair by mistake: what happens to a pair hangs on its images.
  std::vector<PairValue> values;
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = i + 1; j < 50; ++j)
      values.push_back({i, j, (i < 10) != (j < 10) ? 0.0 : 1.0});
  }
  const auto share = measured_over_images(values);
  const Interval alone =
      wilson(share->value * static_cast<double>(values.size()), static_cast<double>(values.size()));
  EXPECT_GT(share->interval.high - share->interval.low, 3 * (alone.high - alone.low));
}

TEST(MeasuredOverImages, LeavesAChanceWhereEverythingIsRight) {
  std::vector<PairValue> values;
  for (std::size_t i = 0; i < 20; ++i) values.push_back({i, i + 1, 1});
  const auto share = measured_over_images(values);
  EXPECT_EQ(share->value, 1);
  EXPECT_LT(share->interval.low, 1);
  EXPECT_EQ(share->interval.high, 1);
}

}  // namespace
}  // namespace juror
