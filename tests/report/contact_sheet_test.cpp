#include "report/contact_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "well_formed.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

ContactSheet make_sheet() {
  const std::string png = "\x89PNG\r\n\x1a\n fine";
  return {.title = "holiday",
          .judge = "mini",
          .groups = {{.title = "a <b>hat</b>",
                      .pictures = {{.name = "a & \xe9.png",
                                    .bytes = png,
                                    .position = 1,
                                    .score = 0.8,
                                    .score_low = 0.6,
                                    .score_high = 0.9,
                                    .reason = "sharp \"eyes\"",
                                    .tier = "best"},
                                   {.name = "deep/broken.jpg", .position = 2, .score = 0.2}}}}};
}

TEST(ContactSheet, ShowsRankScoreIntervalAndReasonAndEscapesWhatItWasGiven) {
  const std::string page = contact_sheet_html(make_sheet());
  EXPECT_THAT(page, HasSubstr("2 pictures, judged by mini"));
  EXPECT_THAT(page, HasSubstr("a &lt;b&gt;hat&lt;/b&gt;"));
  EXPECT_THAT(page, HasSubstr("class=\"shot best\""));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,"));
  EXPECT_THAT(page, HasSubstr("0.60 – 0.90"));
  EXPECT_THAT(page, HasSubstr("left:60.00%;width:30.00%"));
  EXPECT_THAT(page, HasSubstr("sharp &quot;eyes&quot;"));
  EXPECT_THAT(page, HasSubstr("deep/broken.jpg (cannot be shown)"));
  EXPECT_THAT(page, HasSubstr("title=\"deep/broken.jpg\">broken.jpg</span>"));
}

TEST(ContactSheet, IsOneFileThatAsksNobodyAndEveryCardIsAButton) {
  const std::string page = contact_sheet_html(make_sheet());
  EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
  EXPECT_EQ(outside_of_html(page), "");
  EXPECT_THAT(page, HasSubstr("aria-pressed=\"false\""));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_EQ(fault_of_html(page), "");
}

}  // namespace
}  // namespace juror
