// Conversations as JSON: what is read, and that nothing is passed over.
#include "judge/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temp_folder.h"

namespace juror {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

std::string refusal(const char* messages) {
  const Json json = {{"messages", Json::parse(messages)}};
  return refusal_of([&] { read_conversation(json, "f", "/root"); }, ErrorKind::kUser);
}

TEST(Messages, KeepWhetherTheContentWasOneText) {
  const Json json = Json::parse(
      R"({"messages": [{"role": "system", "content": "a"},
                       {"role": "user", "content": [{"type": "image", "image": "x.png"}]}]})");
  const Conversation read = read_conversation(json, "f", "/root");
  EXPECT_TRUE(read.messages.at(0).is_plain);
  EXPECT_FALSE(read.messages.at(1).is_plain);
  EXPECT_EQ(read.images.at(0), "/root/x.png");
}

TEST(Messages, RefuseKeysThatNobodyReads) {
  EXPECT_THAT(refusal(R"([{"role": "user", "content": "a", "tool_calls": []}])"),
              HasSubstr("f: messages[0]: the key 'tool_calls' is unknown; role and content"));
  EXPECT_THAT(refusal(R"([{"role": "user", "content": [{"type": "text", "text": "a", "x": 1}]}])"),
              HasSubstr("f: messages[0].content[0]: the key 'x' is unknown"));
  EXPECT_THAT(
      refusal(
          R"([{"role": "user", "content": [{"type": "image", "image": "a", "max_pixels": 1}]}])"),
      HasSubstr("the key 'max_pixels' is unknown; type and image are known"));
}

}  // namespace
}  // namespace juror
