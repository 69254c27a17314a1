// Which chat template of a folder is rendered, and how one that cannot be is refused.
#include "text/chat_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_folder.h"

namespace juror {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ChatTemplateOfAFolder : public testing::Test {
 protected:
  void put(const std::string& file, const std::string& contents) {
    std::filesystem::create_directories((folder_.path() / file).parent_path());
    folder_.write(file, contents);
  }
  std::string found() { return ChatTemplate::load(folder_.path()).render({}).bytes; }
  std::string refusal() {
    return refusal_of([&] { found(); });
  }
  const TempFolder folder_;
};

TEST_F(ChatTemplateOfAFolder, ComesFromTheFirstFileThatTransformersReads) {
  EXPECT_THAT(refusal(), AllOf(HasSubstr(folder_.path().string()), HasSubstr("no chat template")));
  put("tokenizer_config.json", R"({"chat_template": "tokenizer"})");
  EXPECT_EQ(found(), "tokenizer");
  put("chat_template.jinja", "jinja");
  EXPECT_EQ(found(), "jinja");
  put("chat_template.json", R"({"chat_template": "json"})");
  EXPECT_EQ(found(), "json");
  put("processor_config.json", R"({"chat_template": null})");
  EXPECT_EQ(found(), "json");
  put("processor_config.json", R"({"chat_template": "processor"})");
  EXPECT_EQ(found(), "processor");
}

TEST_F(ChatTemplateOfAFolder, MayBeOneOfSeveralByName) {
  put("tokenizer_config.json",
      R"({"chat_template": [{"name": "tool_use", "template": "t"},
                            {"name": "default", "template": "d"}]})");
  EXPECT_EQ(found(), "d");
  put("additional_chat_templates/rag.jinja", "r");
  EXPECT_THAT(refusal(), HasSubstr("the chat templates rag and none named default"));
  put("chat_template.jinja", "j");
  EXPECT_EQ(found(), "j");
  put("chat_template.json", R"({"chat_template": "json"})");
  EXPECT_THAT(refusal(), HasSubstr("Remove one"));
}

TEST_F(ChatTemplateOfAFolder, SeesTheSpecialTokensOfTheTokenizer) {
  put("chat_template.jinja", "{{ bos_token }}|{{ eos_token }}|{{ pad_token is defined }}");
  EXPECT_EQ(found(), "||False");
  put("tokenizer_config.json", R"({"bos_token": null, "eos_token": {"content": "</s>"}})");
  EXPECT_EQ(found(), "|</s>|False");
  put("special_tokens_map.json", R"({"eos_token": "<e>", "pad_token": "<p>"})");
  EXPECT_EQ(found(), "|<e>|True");
  put("tokenizer_config.json", R"({"eos_token": "</s>", "added_tokens_decoder": {}})");
  EXPECT_EQ(found(), "|</s>|False");
}

TEST_F(ChatTemplateOfAFolder, MustBeATextInJson) {
  put("tokenizer_config.json", R"({"chat_template": 5})");
  EXPECT_THAT(refusal(), HasSubstr("tokenizer_config.json: chat_template: expected a string"));
}

TEST_F(ChatTemplateOfAFolder, IsRefusedByFileAndLineIfJurorDoesNotRenderIt) {
  put("chat_template.jinja", "one\ntwo\n{% include 'x' %}");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("chat_template.jinja:3: "), HasSubstr("'include'")));
  put("chat_template.jinja", "{{ 1\n | xmlattr }}");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("chat_template.jinja:2: "), HasSubstr("'xmlattr'")));
  put("chat_template.jinja", "\n{{ a is sparse }}");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("chat_template.jinja:2: "), HasSubstr("'sparse'")));
}

}  // namespace
}  // namespace juror
