#include "plot/pair_plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace juror {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReliabilityFigure, PutsEachBinAtItsMeansAndLeavesEmptyOnesOut) {
  const std::string html =
      reliability_figure(
          "Reliability", "",
          {
              {.low = 0, .high = 0.5, .count = 10, .mean_p = 0.25, .mean_outcome = 0.5},
              {.low = 0.5, .high = 1, .count = 0},
          })
          .html();
  // The square is 46 … 342 wide and 24 … 274 high: x = 46 + 0.25 · 296, y = 274 − 0.5 · 250.
  EXPECT_THAT(html, HasSubstr("cx=\"120\" cy=\"149\""));
  EXPECT_THAT(html, HasSubstr("d=\"M120 149\""));
  EXPECT_THAT(html, HasSubstr("10 pairs"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(OrderFigure, SkipsPairsThatWereReadInOneOrderOnly) {
  const std::string html = order_figure("t", "", {{0.5, 0.5}, {0.9, std::nan("")}}).html();
  EXPECT_THAT(html, HasSubstr("cx=\"194\" cy=\"149\""));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(GroupFigure, NamesEachGroupWithItsAccuracyAndCount) {
  const std::string html =
      group_figure("By size", "",
                   {{.label = "<small>", .count = 1, .value = 0.5, .low = 0.2, .high = 0.8},
                    {.label = "none", .count = 0, .value = std::nan("")}})
          .html();
  EXPECT_THAT(html, HasSubstr("&lt;small&gt;: 50.0 %, 1 pair."));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST(StripEnds, AreTenthsAroundAllValuesAndOneHalf) {
  const StripEnds ends = strip_ends({0.62, 0.871, std::nan("")});
  EXPECT_DOUBLE_EQ(ends.low, 0.5);
  EXPECT_DOUBLE_EQ(ends.high, 0.9);
  EXPECT_EQ(ends.words(), "50 – 90 %");
  EXPECT_EQ(strip_ends({}).words(), "0 – 100 %");
}

TEST(IntervalStrip, ScalesTheDotAndItsInterval) {
  const std::string html =
      interval_strip({.label = "", .value = 0.7, .low = 0.6, .high = 0.8}, {0.5, 0.9}, "s1").html();
  EXPECT_THAT(html, HasSubstr("cx=\"52\""));                      // 2 + 100 · 0.2 / 0.4
  EXPECT_THAT(html, HasSubstr("x=\"27\" y=\"3\" width=\"50\""));  // 2 + 100 · 0.1 / 0.4
}

TEST(ProbabilityStrip, SaysWhenNothingCouldBeRead) {
  EXPECT_THAT(probability_strip(std::nan(""), 0.8).html(),
              HasSubstr("no probability could be read, people 80.0 %"));
  EXPECT_THAT(probability_strip(0.25, std::nan("")).html(), HasSubstr("width=\"25\""));
}

}  // namespace
}  // namespace juror
