#include "plot/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace juror {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(NiceTicks, AreMultiplesOfOneTwoOrFive) {
  EXPECT_THAT(nice_ticks(0, 100, 6), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(nice_ticks(1, 600, 6), ElementsAre(200, 400, 600));
  EXPECT_THAT(nice_ticks(-0.3, 0.3, 5),
              ElementsAre(DoubleNear(-0.2, 1e-12), DoubleNear(0, 1e-12), DoubleNear(0.2, 1e-12)));
}

TEST(LinearAxis, RoundsItsEndsOutwardsToTicks) {
  const Axis axis = linear_axis(0.612, 0.787);  // least step 0.04375, so 0.05
  EXPECT_DOUBLE_EQ(axis.low, 0.6);
  EXPECT_DOUBLE_EQ(axis.high, 0.8);
  ASSERT_EQ(axis.ticks.size(), 5U);
  EXPECT_DOUBLE_EQ(axis.ticks[1], 0.65);
}

TEST(LinearAxis, GivesRoomToAConstantSeriesAndToNone) {
  const Axis constant = linear_axis(4, 4);
  EXPECT_LT(constant.low, 4);
  EXPECT_GT(constant.high, 4);
  const Axis zero = linear_axis(0, 0);
  EXPECT_EQ(zero.low, 0);
  EXPECT_EQ(zero.high, 1);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(linear_axis(infinity, -infinity).high, 1);
}

TEST(Axis, PlacesValuesBetweenItsEnds) {
  EXPECT_DOUBLE_EQ(exact_axis(10, 30).position(15), 0.25);
  const Axis log = log_axis(2e-3, 40);  // 10^-3 to 10^2
  EXPECT_THAT(log.ticks, ElementsAre(DoubleEq(1e-3), DoubleEq(1e-2), DoubleEq(0.1), DoubleEq(1),
                                     DoubleEq(10), DoubleEq(100)));
  EXPECT_NEAR(log.position(1), 0.6, 1e-12);
  EXPECT_TRUE(std::isnan(log.position(0)));
}

TEST(LogAxis, HasAtMostSixTicksHoweverWide) { EXPECT_LE(log_axis(1e-12, 1e9).ticks.size(), 6U); }

TEST(TickText, HasTheDecimalsOfTheStep) {
  const Axis axis = linear_axis(0.612, 0.787);
  EXPECT_EQ(tick_text(axis, 0.65), "0.65");
  EXPECT_EQ(tick_text(axis, 0.65, NumberKind::kPercent), "65 %");
  EXPECT_EQ(tick_text(linear_axis(-2, 2), -1), "−1");
  EXPECT_EQ(tick_text(linear_axis(0, 1e-4), 5e-5), "5e-5");
}

TEST(NumberText, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(number_text(0.012345), "0.0123");
  EXPECT_EQ(number_text(1234.4), "1,234");
  EXPECT_EQ(number_text(4'500'000), "4.5 M");
  EXPECT_EQ(number_text(-0.000'007'81), "−7.8e-6");
  EXPECT_EQ(number_text(3e-12), "3e-12");
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(std::nan("")), "–");
  EXPECT_EQ(number_text(0.7836, NumberKind::kPercent), "78.4 %");
  EXPECT_EQ(number_text(75, NumberKind::kSeconds), "1 min 15 s");
  EXPECT_EQ(number_text(7500, NumberKind::kSeconds), "2 h 05 min");
  EXPECT_EQ(number_text(1536, NumberKind::kBytes), "1.5 KiB");
  EXPECT_EQ(interval_text(0.741, 0.823), "74.1 – 82.3 %");
  EXPECT_EQ(count_text(1, "pair"), "1 pair");
  EXPECT_EQ(count_text(1539, "pair"), "1,539 pairs");
}

}  // namespace
}  // namespace juror
