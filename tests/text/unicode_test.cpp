#include "text/unicode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "text/utf8_stream.h"

namespace juror {
namespace {

// The examples of the Unicode standard, tables 3-8 to 3-11, and what Python's errors="replace"
// makes of the same bytes.
struct Broken {
  std::string bytes, text;
};
const Broken kBroken[] = {
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA"},
    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB"},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\uFFFD\uFFFD\uFFFD\uFFFDA"},
    {"a\xE2\x82", "a\uFFFD"},
    {"\xF0\x9F\x99", "\uFFFD"},
    {"plain", "plain"},
    {"\u20AC\U0001F642", "\u20AC\U0001F642"},
    {"", ""},
};

TEST(LossyUtf8, ReplacesEachMaximalPrefixOnce) {
  for (const Broken& broken : kBroken) EXPECT_EQ(lossy_utf8(broken.bytes), broken.text);
}

TEST(Utf8Stream, GivesTheSameTextHoweverTheBytesAreCut) {
  for (const Broken& broken : kBroken) {
    for (std::size_t step = 1; step <= 4; ++step) {
      Utf8Stream stream;
      std::string text;
      for (std::size_t at = 0; at < broken.bytes.size(); at += step)
        text += stream.feed(broken.bytes.substr(at, step));
      EXPECT_EQ(text + stream.finish(), broken.text) << "in pieces of " << step;
    }
  }
}

TEST(Utf8Stream, KeepsBackOnlyTheUnfinishedCharacter) {
  Utf8Stream stream;
  EXPECT_EQ(stream.feed("ab\xF0\x9F"), "ab");
  EXPECT_EQ(stream.feed("\x99"), "");
  EXPECT_EQ(stream.feed("\x82!"), "\U0001F642!");
  EXPECT_EQ(stream.finish(), "");
}

TEST(Utf8Stream, StartsAnewAfterTheEnd) {
  Utf8Stream stream;
  EXPECT_EQ(stream.feed("\xE2"), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.feed("a"), "a");
}

TEST(RequireUtf8, NamesTheTextAndTheByte) {
  EXPECT_THAT(
      [] { require_utf8("caf\xE9", "the prompt"); },
      testing::ThrowsMessage<Error>(testing::StartsWith("the prompt is not UTF-8: byte 3 (0xE9)")));
  EXPECT_NO_THROW(require_utf8("caf\u00e9 \U0010FFFF", "the prompt"));
}

TEST(Nfc, ComposesOrdersAndLeavesTheRest) {
  EXPECT_EQ(nfc("e\u0301"), "\u00e9");
  EXPECT_EQ(nfc("q\u0307\u0323"), "q\u0323\u0307");  // marks in the order of their class
  EXPECT_EQ(nfc("\u1112\u1161\u11ab"), "\ud55c");    // Hangul
  EXPECT_EQ(nfc("\u0958"), "\u0915\u093c");          // excluded from composition
  EXPECT_EQ(nfc("\ufb01 \u00b2"), "\ufb01 \u00b2");  // compatibility characters stay
  EXPECT_EQ(nfc(std::string_view("e\u0301\0x", 5)), std::string("\u00e9\0x", 4));
}

}  // namespace
}  // namespace juror
