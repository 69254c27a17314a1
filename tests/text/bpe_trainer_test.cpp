#include "text/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "text/chat.h"
#include "text/tiny_tokenizer.h"

namespace juror {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> merges_of(const std::string& file) {
  return nlohmann::json::parse(file)["model"]["merges"].get<std::vector<std::string>>();
}

TEST(TrainBpe, MergesTheMostFrequentPairFirst) {
  // Pairs: bc 3; ab 2, cb 0. After bc: a+bc 2, and nothing else twice.
  EXPECT_THAT(merges_of(train_bpe({"abc abc bc"}, {.vocab_size = 500, .special_tokens = {}})),
              ElementsAre("b c", "a bc"));
}

TEST(TrainBpe, GivesTiesToTheLowerIds) {
  EXPECT_THAT(merges_of(train_bpe({"yz\nab\nyz\nab"}, {.vocab_size = 258, .special_tokens = {}})),
              ElementsAre("a b", "y z"));
}

TEST(TrainBpe, CountsPairsThatOverlap) {
  EXPECT_THAT(merges_of(train_bpe({"aaaaaaa"}, {.vocab_size = 300, .special_tokens = {}})),
              ElementsAre("a a", "aa aa"));  // aa aa aa a, then aaaa aa a
}

TEST(TrainBpe, LearnsNoPairsAcrossWordsAndNoNumbers) {
  for (const std::string& merge : merges_of(train_bpe({"12 12 12 12, x x x x"}))) {
    EXPECT_EQ(merge, "Ġ x");
  }
}

TEST(TrainBpe, PutsSpecialTokensAfterTheMerges) {
  const Tokenizer tokenizer = Tokenizer::from_json(
      train_bpe({"ab ab"}, {.vocab_size = 300, .special_tokens = {"<|e|>", "<|f|>"}}), "t");
  EXPECT_EQ(tokenizer.id_of("!"), 0);
  EXPECT_EQ(tokenizer.id_of("ab"), 256);
  EXPECT_EQ(tokenizer.id_of("<|e|>"), 257);
  EXPECT_EQ(tokenizer.id_of("<|f|>"), 258);
  EXPECT_TRUE(tokenizer.is_special(257));
  EXPECT_EQ(tokenizer.size(), 259);
}

TEST(TrainBpe, StopsAtTheSizeAskedFor) {
  const std::string corpus =
      "sharp sharper sharpest blur blurry noise noisy noisier, sharp blur noise";
  const Tokenizer tokenizer = Tokenizer::from_json(train_bpe({corpus}, {.vocab_size = 270}), "t");
  EXPECT_EQ(tokenizer.size(), 270);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(corpus)), corpus);
  EXPECT_LT(tokenizer.encode(corpus).size(), corpus.size());
}

TEST(TrainBpe, HasTheTokensOfTheChatFormat) {
  const Tokenizer tokenizer = Tokenizer::from_json(train_bpe({}), "t");
  const ChatTemplate chat_template = ChatTemplate::parse(qwen_vl_chat_template(), "ours");
  EXPECT_EQ(encode_chat(tokenizer, {{"user", {{ContentPart::kImage, ""}}}}, chat_template)
                .image_slots.size(),
            1u);
}

TEST(TrainBpe, GivesTheSameFileAgain) {
  const std::vector<std::string> corpus = {"one two three two one", "two three four"};
  EXPECT_EQ(train_bpe(corpus), train_bpe(corpus));
}

TEST(TrainBpe, RefusesOptionsThatCannotBe) {
  EXPECT_THAT([] { train_bpe({}, {.vocab_size = 100}); }, ThrowsMessage<Error>(HasSubstr("264")));
  EXPECT_THAT(
      [] {
        train_bpe({}, {.special_tokens = {"<|a|>", "<|a|>"}});
      },
      ThrowsMessage<Error>(HasSubstr("twice")));
  EXPECT_THAT([] { train_bpe({}, {.special_tokens = {""}}); },
              ThrowsMessage<Error>(HasSubstr("empty")));
  EXPECT_THAT([] { train_bpe({}, {.special_tokens = {"a"}}); },
              ThrowsMessage<Error>(HasSubstr("\"a\"")));
  EXPECT_THAT(
      [] {
        train_bpe({"ok", "\xFF"});
      },
      ThrowsMessage<Error>(HasSubstr("text 1 of the corpus")));
}

}  // namespace
}  // namespace juror
