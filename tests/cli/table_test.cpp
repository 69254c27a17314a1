#include "cli/table.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/progress_text.h"

namespace juror {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("é…"), 2U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);  // a combining accent
  EXPECT_EQ(display_width("写真"), 4U);
  EXPECT_EQ(display_width("\xFF\xFE"), 2U);  // not UTF-8
  EXPECT_EQ(display_width(""), 0U);
}

TEST(FitWidth, CutsAtWholeCharactersAndMarksTheCut) {
  EXPECT_EQ(fit_width("abcdef", 6), "abcdef");
  EXPECT_EQ(fit_width("abcdef", 4), "abc…");
  EXPECT_EQ(fit_width("写真写真", 4), "写…");  // half a character is not shown
  EXPECT_EQ(fit_width("abc", 1), "…");
  EXPECT_EQ(fit_width("abc", 0), "");
}

TEST(WrapText, BreaksAtSpacesAndKeepsLongWordsWhole) {
  EXPECT_EQ(wrap_text("one two three", 9, 0), "one two\nthree\n");
  EXPECT_EQ(wrap_text("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrap_text("a/very/long/path b", 6, 0), "a/very/long/path\nb\n");
  EXPECT_EQ(wrap_text("one\ntwo", 80, 0), "one\ntwo\n");
  EXPECT_EQ(wrap_text("", 10, 0), "");
}

TEST(Table, AlignsColumnsAndLeavesNoTrailingSpaces) {
  const Table table{
      .columns = {{"rank", Align::kRight}, {"image"}, {"why"}},
      .rows = {{Cell("1"), Cell("写.png"), Cell("clean")}, {Cell("12"), Cell("b.png"), Cell("")}}};
  EXPECT_EQ(table.text(false),
            "rank  image   why\n"
            "   1  写.png  clean\n"
            "  12  b.png\n");
}

TEST(Table, LetsNoFileNameMoveTheCursor) {
  const Table table{.columns = {{"image"}}, .rows = {{Cell("a\033[2Jb\nc")}}};
  EXPECT_EQ(table.text(false), "image\na\\x1b[2Jb\\x0ac\n");
}

TEST(Styled, IsPlainWithoutColour) {
  EXPECT_EQ(styled("x", Style::kRed, false), "x");
  EXPECT_EQ(styled("x", Style::kRed, true), "\033[31mx\033[0m");
}

TEST(WantsColor, HeedsTheFlagFirstThenTheSurroundings) {
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_TRUE(wants_color("always", 1));
  EXPECT_FALSE(wants_color("never", 1));
  EXPECT_FALSE(wants_color("auto", 1));
  ::unsetenv("NO_COLOR");
}

TEST(ProgressText, SaysPlaceSpeedAndTimeLeft) {
  EXPECT_EQ(duration_text(7), "0:07");
  EXPECT_EQ(duration_text(750), "12:30");
  EXPECT_EQ(duration_text(3 * 3600 + 130), "3:02:10");
  EXPECT_EQ(progress_text({.stage = "comparing", .done = 0, .total = 15}), "comparing 0/15, 0 %");
  // 20 of 40 in 10 s, of which 10 were done before: 1 a second, 20 s left.
  const std::string text =
      progress_text({.stage = "comparing", .done = 20, .total = 40, .begun_at = 10, .seconds = 10});
  EXPECT_NE(text.find("20/40, 50 %"), std::string::npos) << text;
  EXPECT_NE(text.find("0:20 left"), std::string::npos) << text;
}

}  // namespace
}  // namespace juror
