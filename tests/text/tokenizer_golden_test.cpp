// Ids, words and decodes against the `tokenizers` library. Made by tools/golden/make_tokenizer.py.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "text/pre_tokenizer.h"
#include "text/tiny_tokenizer.h"
#include "text/unicode.h"

namespace juror {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden/tokenizer";

nlohmann::json rows(const char* list) {
  return nlohmann::json::parse(read_file(kFolder / "strings.json")).at(list);
}

class GoldenTokenizer : public testing::Test {
 protected:
  const Tokenizer tokenizer_ = Tokenizer::load(kFolder / "tokenizer.json");
};

TEST_F(GoldenTokenizer, GivesTheIdsOfTheLibrary) {
  const nlohmann::json all = rows("encode");
  ASSERT_GT(all.size(), 300u);
  for (const nlohmann::json& row : all) {
    const std::string text = row["text"];
    EXPECT_EQ(tokenizer_.encode(text), row["as_text"].get<Ids>())
        << row["group"] << " as text: " << row["text"];
    EXPECT_EQ(tokenizer_.encode(text, Tokenizer::Special::kParse), row["parsed"].get<Ids>())
        << row["group"] << " parsed: " << row["text"];
  }
}

TEST_F(GoldenTokenizer, CutsTheWordsOfTheLibrary) {
  PreTokenizer pre_tokenizer;
  pre_tokenizer.add_split(kQwenPattern, "the Qwen pattern");
  for (const nlohmann::json& row : rows("encode")) {
    std::vector<std::string> words;
    pre_tokenizer.for_each_word(nfc(row["text"].get<std::string>()),
                                [&](std::string_view word) { words.emplace_back(word); });
    EXPECT_EQ(words, row["pieces"].get<std::vector<std::string>>())
        << row["group"] << ": " << row["text"];
  }
}

TEST_F(GoldenTokenizer, DecodesAsTheLibraryDoes) {
  const nlohmann::json all = rows("decode");
  ASSERT_GT(all.size(), 50u);
  for (const nlohmann::json& row : all) {
    EXPECT_EQ(tokenizer_.decode(row["ids"].get<Ids>()), row["text"]);
    EXPECT_EQ(tokenizer_.decode(row["ids"].get<Ids>(), true), row["without_special"]);
  }
}

TEST_F(GoldenTokenizer, DecodesToTheComposedTextItEncoded) {
  for (const nlohmann::json& row : rows("encode")) {
    EXPECT_EQ(tokenizer_.decode(tokenizer_.encode(row["text"].get<std::string>())),
              nfc(row["text"].get<std::string>()));
  }
}

TEST(GoldenCheckpoints, HaveTokenizersThatLoad) {
  for (const char* name : {"hub_layout_bf16", "tied_f16", "untied_odd_f32"}) {
    const auto file = std::filesystem::path(JUROR_SOURCE_DIR) / "tests/golden/checkpoints" / name /
                      "tokenizer.json";
    EXPECT_TRUE(Tokenizer::load(file).is_special(Tokenizer::load(file).id_of("<|image_pad|>")))
        << file;
  }
}

}  // namespace
}  // namespace juror
