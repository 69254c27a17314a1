#include "cli/visible_text.h"

#include <gtest/gtest.h>

namespace juror {
namespace {

TEST(VisibleText, WritesOutWhatWouldActOnATerminal) {
  EXPECT_EQ(visible_text("a\x1b[31mred\x1b[0m\r\n\tb\x7f"),
            "a\\x1b[31mred\\x1b[0m\\x0d\\x0a\\x09b\\x7f");
  EXPECT_EQ(visible_text("\u009b31m \u202egnp.exe \u2028 \ufeff"),
            "\\u009b31m \\u202egnp.exe \\u2028 \\ufeff");
  EXPECT_EQ(visible_text("caf\xe9 \xf0\x9f"), "caf\\xe9 \\xf0\\x9f");
}

TEST(VisibleText, LeavesWhatPeopleReadAsItIs) {
  const char* words = "Grüße, 写真 🙂 C:\\x1b e\u0301";
  EXPECT_EQ(visible_text(words), words);
  EXPECT_EQ(visible_lines("one\n\ttwo\x1b"), "one\n\ttwo\\x1b");
}

}  // namespace
}  // namespace juror
