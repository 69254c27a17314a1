// The tokenizer on a vocabulary small enough to compute by hand. Equality with the `tokenizers`
// library: tokenizer_golden_test.cpp.
#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "text/tiny_tokenizer.h"

namespace juror {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Tokenizer, MergesTheLowestRankFirst) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_THAT(tokenizer.encode("abc"), ElementsAre(257));  // a b, then ab c; never b c
  EXPECT_THAT(tokenizer.encode("bcab"), ElementsAre(258, 256));
  EXPECT_THAT(tokenizer.encode("abab"), ElementsAre(256, 256));
  EXPECT_THAT(tokenizer.encode("cba"), ElementsAre(66, 65, 64));
}

TEST(Tokenizer, MergesNothingAcrossWords) {
  nlohmann::json file = tiny_tokenizer_json();
  file["model"]["vocab"]["11"] = 260;
  file["model"]["merges"].push_back("1 1");
  const Tokenizer tokenizer = Tokenizer::from_json(file.dump(), "tiny.json");
  EXPECT_THAT(tokenizer.encode("11"), ElementsAre(16, 16));  // every digit is a word
}

TEST(Tokenizer, WritesASpaceIntoTheWordAfterIt) {
  EXPECT_THAT(tiny_tokenizer().encode("a a ab"), ElementsAre(64, 259, 220, 256));
}

TEST(Tokenizer, GivesNoIdsForAnEmptyText) { EXPECT_TRUE(tiny_tokenizer().encode("").empty()); }

TEST(Tokenizer, ReadsSpecialTokensAsTextUnlessAsked) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_THAT(tokenizer.encode("a<|x|>b", Tokenizer::Special::kParse), ElementsAre(64, 300, 65));
  EXPECT_THAT(tokenizer.encode("a<|x|>b"), ElementsAre(64, 27, 91, 87, 91, 29, 65));
}

TEST(Tokenizer, MatchesTokensThatAreNotSpecialInBothModes) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_THAT(tokenizer.encode("<tool>"), ElementsAre(302));
  EXPECT_THAT(tokenizer.encode("<tool>", Tokenizer::Special::kParse), ElementsAre(302));
}

TEST(Tokenizer, TakesTheLongestOfTokensThatStartTogether) {
  nlohmann::json file = tiny_tokenizer_json();
  file["added_tokens"][1]["content"] = "<|x|>>";
  const Tokenizer tokenizer = Tokenizer::from_json(file.dump(), "tiny.json");
  EXPECT_THAT(tokenizer.encode("<|x|>><|x|>", Tokenizer::Special::kParse), ElementsAre(301, 300));
}

TEST(Tokenizer, ComposesCharactersBeforeItCuts) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(tokenizer.encode("e\u0301"), tokenizer.encode("\u00e9"));
}

TEST(Tokenizer, LeavesCharactersAloneWithoutANormalizer) {
  nlohmann::json file = tiny_tokenizer_json();
  file["normalizer"] = nullptr;
  const Tokenizer tokenizer = Tokenizer::from_json(file.dump(), "tiny.json");
  EXPECT_NE(tokenizer.encode("e\u0301"), tokenizer.encode("\u00e9"));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("e\u0301")), "e\u0301");
}

TEST(Tokenizer, ReadsMergesAsPairsToo) {
  nlohmann::json file = tiny_tokenizer_json();
  file["model"]["merges"] = nlohmann::json::parse(R"([["a","b"],["ab","c"],["b","c"],["Ġ","a"]])");
  EXPECT_EQ(Tokenizer::from_json(file.dump(), "tiny.json").encode("abc bc ab"),
            tiny_tokenizer().encode("abc bc ab"));
}

TEST(Tokenizer, TakesWholeWordsFirstIfTheFileIgnoresMerges) {
  nlohmann::json file = tiny_tokenizer_json();
  file["model"]["merges"] = {"b c"};
  EXPECT_THAT(Tokenizer::from_json(file.dump(), "tiny.json").encode("abc"), ElementsAre(64, 258));
  file["model"]["ignore_merges"] = true;
  EXPECT_THAT(Tokenizer::from_json(file.dump(), "tiny.json").encode("abc"), ElementsAre(257));
}

TEST(Tokenizer, CutsWithThePatternOfGpt2ForAPlainByteLevel) {
  nlohmann::json file = tiny_tokenizer_json();
  file["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  EXPECT_THAT(Tokenizer::from_json(file.dump(), "tiny.json").encode("ab ab"),
              ElementsAre(256, 220, 256));
}

TEST(Tokenizer, RefusesTextThatIsNotUtf8) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_THAT([&] { tokenizer.encode("ab\xC3("); },
              ThrowsMessage<Error>(HasSubstr("byte 2 (0xC3)")));
  EXPECT_THROW(tokenizer.encode("\xED\xA0\x80"), Error);  // a surrogate
}

TEST(Tokenizer, KeepsNulBytes) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const std::string text("a\0b", 3);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
}

TEST(Tokenizer, DecodesHalfCharactersToReplacements) {
  const Tokenizer tokenizer = tiny_tokenizer();
  const Ids euro = tokenizer.encode("€");
  ASSERT_EQ(euro.size(), 3u);
  EXPECT_EQ(tokenizer.decode(Ids{euro[0], euro[1]}), "\uFFFD");
  EXPECT_EQ(tokenizer.bytes_of(euro[0]), "\xE2");
}

TEST(Tokenizer, LeavesSpecialTokensOutOnRequest) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(tokenizer.decode(Ids{64, 300, 302}), "a<|x|><tool>");
  EXPECT_EQ(tokenizer.decode(Ids{64, 300, 302}, true), "a<tool>");
}

TEST(Tokenizer, KnowsItsIds) {
  const Tokenizer tokenizer = tiny_tokenizer();
  EXPECT_EQ(tokenizer.size(), 303);
  EXPECT_EQ(tokenizer.find("Ġa"), 259);
  EXPECT_EQ(tokenizer.find("nothing"), std::nullopt);
  EXPECT_EQ(tokenizer.id_of("<|xy|>"), 301);
  EXPECT_TRUE(tokenizer.is_special(300));
  EXPECT_FALSE(tokenizer.is_special(302));
  EXPECT_FALSE(tokenizer.is_special(64));
  EXPECT_FALSE(tokenizer.is_special(-1));
  EXPECT_FALSE(tokenizer.is_special(9999));
}

TEST(Tokenizer, NamesFileAndTokenThatItLacks) {
  EXPECT_THAT([] { tiny_tokenizer().id_of("<|image_pad|>"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("tiny.json"), HasSubstr("<|image_pad|>"))));
}

TEST(Tokenizer, RefusesIdsThatAreNoToken) {
  const Tokenizer tokenizer = tiny_tokenizer();
  for (const std::int64_t id :
       {std::int64_t{-1}, std::int64_t{280}, std::int64_t{303}}) {  // 280: a gap
    EXPECT_THAT(
        [&] {
          tokenizer.decode(Ids{64, id});
        },
        ThrowsMessage<Error>(HasSubstr(std::to_string(id))));
    EXPECT_THROW(tokenizer.bytes_of(id), Error);
  }
}

TEST(Tokenizer, EncodesAMegabyteOfOneWord) {
  const Tokenizer tokenizer = tiny_tokenizer();
  std::string text;
  for (int i = 0; i < 350'000; ++i) text += "abc";
  const Ids ids = tokenizer.encode(text);
  EXPECT_EQ(ids, Ids(350'000, 257));
}

}  // namespace
}  // namespace juror
