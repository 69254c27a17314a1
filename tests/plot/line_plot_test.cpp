#include "plot/line_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "plot/stacked_plot.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const double kNan = std::nan("");

/// 100 × 100 units with ten of margin all around, both axes from 0 to 10: a unit of data is 8 of
/// the drawing.
Frame small_frame() {
  return {.size = {.width = 100, .height = 100, .left = 10, .right = 10, .top = 10, .bottom = 10},
          .x = exact_axis(0, 10),
          .y = exact_axis(0, 10),
          .x_label = "step"};
}

TEST(LinePath, PutsPointsWhereTheAxesSay) {
  EXPECT_EQ(line_path(small_frame(), {{0, 0}, {5, 10}, {10, 2.5}}), "M10 90L50 10L90 70");
}

TEST(LinePath, BreaksWhereAValueIsMissing) {
  EXPECT_EQ(line_path(small_frame(), {{0, 0}, {5, kNan}, {10, 10}}), "M10 90M90 10");
}

TEST(FrameOf, HoldsBandsAndStartsAtZeroWhenAsked) {
  LinePlot plot{.title = "t", .series = {{"a", {{1, 5, 3, 9}, {4, 6, 4, 8}}}}};
  EXPECT_EQ(frame_of(plot).x.low, 1);
  EXPECT_EQ(frame_of(plot).x.high, 4);
  EXPECT_LE(frame_of(plot).y.low, 3);
  EXPECT_GE(frame_of(plot).y.low, 2);
  EXPECT_GE(frame_of(plot).y.high, 9);
  plot.from_zero = true;
  EXPECT_EQ(frame_of(plot).y.low, 0);
}

TEST(FrameOf, LogScaleIgnoresWhatIsNotPositive) {
  const LinePlot plot{
      .title = "t", .series = {{"a", {{1, 0}, {2, 1e-3}, {3, 0.5}}}}, .scale = ScaleKind::kLog};
  EXPECT_DOUBLE_EQ(frame_of(plot).y.low, 1e-3);
  EXPECT_DOUBLE_EQ(frame_of(plot).y.high, 1);
}

TEST(Thinned, MakesRunsTheirMeanWithTheirRangeAsBand) {
  const Series thin = thinned({"a", {{1, 2}, {2, 4}, {3, kNan}, {4, 9}, {5, kNan}, {6, kNan}}}, 3);
  ASSERT_EQ(thin.points.size(), 3U);
  EXPECT_EQ(thin.points[0].y, 3);
  EXPECT_EQ(thin.points[0].low, 2);
  EXPECT_EQ(thin.points[0].high, 4);
  EXPECT_EQ(thin.points[1].y, 9);
  EXPECT_TRUE(std::isnan(thin.points[2].y));
}

TEST(Thinned, AveragesBandsWhereThereAreSome) {
  const Series thin = thinned({"a", {{1, 2, 1, 3}, {2, 4, 2, 9}}}, 1);
  EXPECT_EQ(thin.points[0].low, 1.5);
  EXPECT_EQ(thin.points[0].high, 6);
}

TEST(Thinned, LeavesShortSeriesAlone) {
  const Series series{"a", {{1, 2}, {2, 4}}};
  EXPECT_EQ(thinned(series, 2).points.size(), 2U);
  EXPECT_TRUE(std::isnan(thinned(series, 2).points[0].low));
}

TEST(LineFigure, EscapesNamesAndSaysTheLastValue) {
  const std::string html =
      line_figure({.title = "<loss>", .series = {{"a\"b", {{1, 2}, {2, 0.25}}}}}).html();
  EXPECT_THAT(html, HasSubstr("&lt;loss&gt;"));
  EXPECT_THAT(html, HasSubstr("<b>0.25</b>"));
  EXPECT_THAT(html, Not(HasSubstr("<loss>")));
  EXPECT_THAT(html, HasSubstr("a&quot;b"));
}

TEST(LineFigure, MarksAlarmsInsideThePlotOnly) {
  const LinePlot plot{
      .title = "t", .series = {{"a", {{0, 1}, {10, 2}}}}, .marks = {{5, "drift"}, {99, "later"}}};
  const std::string html = line_figure(plot).html();
  const std::size_t first = html.find("class=\"mark\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(html.find("class=\"mark\"", first + 1), std::string::npos);
}

TEST(Stacked, AddsUpFromBelowAndTakesWhatIsMissingAsZero) {
  const std::vector<Series> sums = stacked({{"a", {{1, 2}, {2, 3}}}, {"b", {{2, 4}}}});
  ASSERT_EQ(sums.size(), 2U);
  ASSERT_EQ(sums[1].points.size(), 2U);
  EXPECT_EQ(sums[0].points[1].low, 0);
  EXPECT_EQ(sums[0].points[1].high, 3);
  EXPECT_EQ(sums[1].points[0].low, 2);
  EXPECT_EQ(sums[1].points[0].high, 2);
  EXPECT_EQ(sums[1].points[1].low, 3);
  EXPECT_EQ(sums[1].points[1].high, 7);
}

TEST(LineFigure, OfOnePointIsItsValueWithoutAnAxis) {
  const LinePlot plot{.title = "t", .series = {{"loss", {{10, 0.25}, {20, kNan}}}}};
  const std::string html = line_figure(plot).html();
  EXPECT_THAT(html, HasSubstr("One point, so no line."));
  EXPECT_THAT(html, HasSubstr("<b>0.25</b>"));
  EXPECT_THAT(html, Not(HasSubstr("<svg")));
}

}  // namespace
}  // namespace juror
