#include "text/pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

using testing::ElementsAre;

std::vector<std::string> words(const std::vector<std::string>& patterns, std::string_view text) {
  PreTokenizer pre_tokenizer;
  for (const std::string& pattern : patterns) pre_tokenizer.add_split(pattern, "test");
  std::vector<std::string> result;
  pre_tokenizer.for_each_word(text, [&](std::string_view word) { result.emplace_back(word); });
  return result;
}

TEST(PreTokenizer, KeepsTheStretchesBetweenMatches) {
  EXPECT_THAT(words({"b+"}, "abbcb"), ElementsAre("a", "bb", "c", "b"));
}

TEST(PreTokenizer, CutsTheWordsOfOnePatternByTheNext) {
  EXPECT_THAT(words({"\\d+", "[ab]"}, "xa12b"), ElementsAre("x", "a", "12", "b"));
}

TEST(PreTokenizer, GivesTheWholeTextWithoutPatterns) {
  EXPECT_THAT(words({}, "a b"), ElementsAre("a b"));
}

TEST(PreTokenizer, GivesNoWordsForNoText) { EXPECT_THAT(words({kQwenPattern}, ""), ElementsAre()); }

TEST(PreTokenizer, PassesOverEmptyMatches) {
  EXPECT_THAT(words({"b*"}, "abba"), ElementsAre("a", "bb", "a"));
}

TEST(PreTokenizer, TakesEveryDigitOfQwenAlone) {
  EXPECT_THAT(words({kQwenPattern}, "in 2024"), ElementsAre("in", " ", "2", "0", "2", "4"));
}

TEST(PreTokenizer, DoesNotTakeTheMongolianVowelSeparatorForASpace) {
  EXPECT_THAT(words({"\\s"}, "a\u180eb\u2003c\u0085d"),
              ElementsAre("a\u180eb", "\u2003", "c", "\u0085", "d"));
}

TEST(PreTokenizer, RunsLongTextsOfOneKind) {
  for (const char* letter : {" ", "\n", "a", "!", "\u00e9"}) {
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += letter;
    EXPECT_THAT(words({kQwenPattern}, text), ElementsAre(text));
  }
}

}  // namespace
}  // namespace juror
