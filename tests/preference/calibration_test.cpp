// Temperature, tie band and coverage on cases worked out by hand.
#include "preference/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace juror {
namespace {

TEST(Tempered, HalvesTheLogOddsAtTemperatureTwo) {
  EXPECT_NEAR(tempered(0.8, 2), 2.0 / 3, 1e-12);  // odds 4 to 1 become 2 to 1
  EXPECT_NEAR(tempered(0.2, 2), 1.0 / 3, 1e-12);
  EXPECT_NEAR(tempered(2.0 / 3, 0.5), 0.8, 1e-12);
}

TEST(Tempered, LeavesCertaintyDoubtAndTheUnreadAlone) {
  EXPECT_EQ(tempered(0, 3), 0);
  EXPECT_EQ(tempered(1, 3), 1);
  EXPECT_EQ(tempered(0.5, 3), 0.5);
  EXPECT_TRUE(std::isnan(tempered(std::numeric_limits<double>::quiet_NaN(), 3)));
}

TEST(FitTemperature, MakesASureJudgeAsSureAsItIsRight) {
  // odds 16 to 1 are said, 4 to 1 come true: log 16 / log 4 = 2
  const std::vector<Prediction> predictions = {{16.0 / 17, 0.8}, {1.0 / 17, 0.2}};
  EXPECT_NEAR(fit_temperature(predictions), 2, 1e-9);
}

TEST(FitTemperature, SharpensATimidJudge) {
  const std::vector<Prediction> predictions = {{2.0 / 3, 0.8}};  // log 2 / log 4
  EXPECT_NEAR(fit_temperature(predictions), 0.5, 1e-9);
}

TEST(FitTemperature, StaysFiniteForAJudgeThatIsAlwaysRightOrAlwaysWrong) {
  EXPECT_NEAR(fit_temperature(std::vector<Prediction>{{0.9, 1}}), 0.01, 1e-9);
  EXPECT_NEAR(fit_temperature(std::vector<Prediction>{{0.9, 0}}), 100, 1e-6);
  EXPECT_LT(fit_temperature(std::vector<Prediction>{{1, 0}, {0.9, 1}}), 100.1);
}

TEST(FitTemperature, RefusesNothingAndImpossibleNumbers) {
  EXPECT_THROW(fit_temperature({}), Error);
  EXPECT_THROW(fit_temperature(std::vector<Prediction>{{1.2, 1}}), Error);
}

TEST(FitTieBand, LiesHalfwayBetweenTheTiesAndTheDecided) {
  // the two small leads are ties among people, the large ones are right
  EXPECT_NEAR(fit_tie_band({{0.4, 1, 0}, {0.05, 0, 1}, {0.1, 0, 1}, {0.2, 1, 0}}), 0.15, 1e-12);
}

TEST(FitTieBand, IsZeroWherePeopleNeverTie) {
  EXPECT_EQ(fit_tie_band({{0.1, 1, 0}, {0.01, 0, 0}}), 0);
}

TEST(FitTieBand, IsHalfWherePeopleAlwaysTie) {
  EXPECT_EQ(fit_tie_band({{0.1, 0, 1}, {0.5, 0, 1}}), 0.5);
}

TEST(FitTieBand, KeepsEqualLeadsTogether) {
  // a band inside the three leads of 0.1 does not exist: taking all loses 1 and wins 2
  EXPECT_NEAR(fit_tie_band({{0.1, 1, 0}, {0.1, 0, 1}, {0.1, 0, 1}, {0.3, 1, 0}}), 0.2, 1e-12);
}

TEST(FitTieBand, RefusesNothingAndImpossibleLeads) {
  EXPECT_THROW(fit_tie_band({}), Error);
  EXPECT_THROW(fit_tie_band({{0.6, 1, 0}}), Error);
}

TEST(Coverage, TakesTheSurestFirst) {
  const auto curve = accuracy_by_coverage({{0.1, 0}, {0.4, 1}, {0.2, 0}, {0.3, 1}}, 0, 4);
  ASSERT_EQ(curve.size(), 4U);
  EXPECT_DOUBLE_EQ(curve[0].coverage, 0.25);
  EXPECT_DOUBLE_EQ(curve[1].accuracy, 1);
  EXPECT_DOUBLE_EQ(curve[1].confidence, 0.3);
  EXPECT_DOUBLE_EQ(curve[2].accuracy, 2.0 / 3);
  EXPECT_DOUBLE_EQ(curve[3].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(curve[3].coverage, 1);
}

TEST(Coverage, DoesNotDependOnTheOrderOfEqualLeads) {
  const auto a = accuracy_by_coverage({{0.3, 1}, {0.3, 0}}, 0, 2),
             b = accuracy_by_coverage({{0.3, 0}, {0.3, 1}}, 0, 2);
  EXPECT_DOUBLE_EQ(a[0].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(b[0].accuracy, 0.5);
}

TEST(Coverage, EndsWhereTheReadablePairsDo) {
  const auto curve = accuracy_by_coverage({{0.1, 0}, {0.4, 1}, {0.2, 1}}, 1, 4);
  ASSERT_EQ(curve.size(), 3U);  // of four pairs one was never answered
  EXPECT_DOUBLE_EQ(curve[0].coverage, 0.25);
  EXPECT_DOUBLE_EQ(curve[1].accuracy, 1);
  EXPECT_DOUBLE_EQ(curve[2].coverage, 0.75);
  EXPECT_DOUBLE_EQ(curve[2].accuracy, 2.0 / 3);
}

TEST(Coverage, OfFewPairsHasNoPointTwice) {
  EXPECT_EQ(accuracy_by_coverage({{0.3, 1}}, 0, 20).size(), 1U);
  EXPECT_TRUE(accuracy_by_coverage({}, 5, 20).empty());
}

}  // namespace
}  // namespace juror
