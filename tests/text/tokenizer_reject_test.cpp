// Malformed and unsupported tokenizer.json files: each is refused with the file, the key and the
// value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "text/tiny_tokenizer.h"

namespace juror {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

struct Fault {
  const char* name;
  std::function<void(Json&)> spoil;
  std::vector<std::string> said;  // what the error must name, besides the file
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

std::string refusal(const std::string& json) {
  try {
    Tokenizer::from_json(json, "some/tokenizer.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    return error.what();
  }
  return "it was loaded";
}

class SpoiltTokenizer : public testing::TestWithParam<Fault> {};

TEST_P(SpoiltTokenizer, IsRefusedByFileAndKey) {
  Json file = tiny_tokenizer_json();
  GetParam().spoil(file);
  const std::string message = refusal(file.dump());
  EXPECT_THAT(message, HasSubstr("some/tokenizer.json"));
  for (const std::string& word : GetParam().said) EXPECT_THAT(message, HasSubstr(word));
}

const Fault kFaults[] = {
    {"NoModel", [](Json& f) { f.erase("model"); }, {"model", "missing"}},
    {"NoVocab", [](Json& f) { f["model"].erase("vocab"); }, {"model.vocab", "missing"}},
    {"NoMerges", [](Json& f) { f["model"].erase("merges"); }, {"model.merges", "missing"}},
    {"VocabIsAList",
     [](Json& f) {
       f["model"]["vocab"] = {1, 2};
     },
     {"model.vocab", "an object", "[1,2]"}},
    {"IdIsAString",
     [](Json& f) { f["model"]["vocab"]["ab"] = "256"; },
     {"model.vocab.ab", "an integer", "\"256\""}},
    {"IdIsAFraction",
     [](Json& f) { f["model"]["vocab"]["ab"] = 256.5; },
     {"model.vocab.ab", "256.5"}},
    {"IdIsNegative",
     [](Json& f) { f["model"]["vocab"]["ab"] = -1; },
     {"model.vocab", "\"ab\"", "-1"}},
    {"IdIsHuge",
     [](Json& f) { f["model"]["vocab"]["ab"] = 1LL << 40; },
     {"model.vocab", "\"ab\"", "1099511627776"}},
    {"IdIsTaken",
     [](Json& f) { f["model"]["vocab"]["ab"] = 257; },
     {"model.vocab", "257", "\"ab\"", "\"abc\""}},
    {"ByteIsMissing",
     [](Json& f) { f["model"]["vocab"].erase("Ġ"); },
     {"model.vocab", "\"Ġ\"", "0x20"}},
    {"TokenIsEmpty",
     [](Json& f) { f["model"]["vocab"][""] = 290; },
     {"model.vocab", "290", "empty"}},
    {"MergeOfUnknownToken",
     [](Json& f) { f["model"]["merges"][1] = "ab zz"; },
     {"model.merges[1]", "\"zz\""}},
    {"MergeToUnknownToken",
     [](Json& f) { f["model"]["merges"][2] = "c b"; },
     {"model.merges[2]", "\"cb\""}},
    {"MergeOfOne", [](Json& f) { f["model"]["merges"][0] = "ab"; }, {"model.merges[0]", "\"ab\""}},
    {"MergeOfThree",
     [](Json& f) { f["model"]["merges"][0] = "a b c"; },
     {"model.merges[0]", "a b c"}},
    {"MergeOfNothing", [](Json& f) { f["model"]["merges"][0] = " b"; }, {"model.merges[0]"}},
    {"MergeIsANumber", [](Json& f) { f["model"]["merges"][0] = 7; }, {"model.merges[0]", "7"}},
    {"MergeTwice", [](Json& f) { f["model"]["merges"][2] = "a b"; }, {"model.merges[2]", "twice"}},
    {"MergesIsAString",
     [](Json& f) { f["model"]["merges"] = "a b"; },
     {"model.merges", "an array"}},
    {"OtherModel",
     [](Json& f) { f["model"]["type"] = "Unigram"; },
     {"model.type", "Unigram", "BPE"}},
    {"Dropout", [](Json& f) { f["model"]["dropout"] = 0.1; }, {"model.dropout", "0.1"}},
    {"WordEnding",
     [](Json& f) { f["model"]["end_of_word_suffix"] = "</w>"; },
     {"model.end_of_word_suffix", "</w>"}},
    {"OtherNormalizer",
     [](Json& f) { f["normalizer"]["type"] = "Lowercase"; },
     {"normalizer.type", "Lowercase"}},
    {"NormalizerList",
     [](Json& f) {
       f["normalizer"] = {{"type", "Sequence"},
                          {"normalizers", {{{"type", "NFC"}}, {{"type", "Strip"}}}}};
     },
     {"normalizer.normalizers[1].type", "Strip"}},
    {"NoPreTokenizer",
     [](Json& f) { f["pre_tokenizer"] = nullptr; },
     {"pre_tokenizer", "ByteLevel"}},
    {"OtherPreTokenizer",
     [](Json& f) { f["pre_tokenizer"]["pretokenizers"][0]["type"] = "Digits"; },
     {"pre_tokenizer.pretokenizers[0].type", "Digits"}},
    {"PrefixSpace",
     [](Json& f) { f["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = true; },
     {"pretokenizers[1].add_prefix_space", "true"}},
    {"OtherSplit",
     [](Json& f) { f["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed"; },
     {"pretokenizers[0].behavior", "Removed", "Isolated"}},
    {"BrokenPattern",
     [](Json& f) { f["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a"; },
     {"pre_tokenizer", "\"(a\""}},
    {"PatternOfAnotherMeaning",
     [](Json& f) { f["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+"; },
     {"pre_tokenizer", "\\w"}},
    {"OtherDecoder",
     [](Json& f) { f["decoder"]["type"] = "Metaspace"; },
     {"decoder.type", "Metaspace"}},
    {"AddsTokens",
     [](Json& f) {
       f["post_processor"] = {{"type", "TemplateProcessing"}};
     },
     {"post_processor.type", "TemplateProcessing"}},
    {"AddedIdIsTaken",
     [](Json& f) { f["added_tokens"][0]["id"] = 64; },
     {"added_tokens", "64", "\"a\"", "<|x|>"}},
    {"AddedIdTwice",
     [](Json& f) { f["added_tokens"][1]["id"] = 300; },
     {"added_tokens", "300", "<|xy|>", "<|x|>"}},
    {"AddedTwice",
     [](Json& f) { f["added_tokens"][1]["content"] = "<|x|>"; },
     {"added_tokens[1]", "<|x|>", "twice"}},
    {"AddedOtherwiseInVocab",
     [](Json& f) { f["added_tokens"][0]["content"] = "ab"; },
     {"added_tokens", "\"ab\"", "300", "256"}},
    {"AddedWithoutContent",
     [](Json& f) { f["added_tokens"][0].erase("content"); },
     {"added_tokens[0].content", "missing"}},
    {"AddedEmpty",
     [](Json& f) { f["added_tokens"][0]["content"] = ""; },
     {"added_tokens[0].content", "empty"}},
    {"AddedStrips",
     [](Json& f) { f["added_tokens"][2]["lstrip"] = true; },
     {"added_tokens[2].lstrip", "true"}},
    {"AddedIsAnObject",
     [](Json& f) {
       f["added_tokens"] = {{"a", 1}};
     },
     {"added_tokens", "an array"}},
};

INSTANTIATE_TEST_SUITE_P(Tokenizer, SpoiltTokenizer, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return fault.param.name; });

TEST(Tokenizer, RefusesWhatIsNotJson) {
  EXPECT_THAT(refusal("{\"model\": "), HasSubstr("some/tokenizer.json is not valid JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("expected an object, found []"));
  EXPECT_THAT(refusal("{\"model\": \"\xFF\"}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{\"model\": 1e999}"), HasSubstr("holds a number that is too large"));
}

TEST(Tokenizer, NamesTheFileThatIsMissing) {
  EXPECT_THAT([] { Tokenizer::load("/nowhere/tokenizer.json"); },
              testing::ThrowsMessage<Error>(HasSubstr("/nowhere/tokenizer.json")));
}

}  // namespace
}  // namespace juror
