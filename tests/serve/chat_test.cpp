// OpenAI's chat completions: what is read of a request, what is answered, whole and as a stream.
#include "serve/api/chat_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/test_server.h"

namespace juror {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace testing;

/// Repeats the user's last words, a token a letter, and how many pictures there are.
struct EchoModel : ChatModel {
  void ask(ChatTask task, ChatListener listener) override {
    require(task.prefill != "broken", "The prompt is broken.");
    ChatResult result{.prompt_tokens = 10};
    for (std::int64_t i = 0; i < task.completions; ++i) {
      std::string text = task.messages.back().content.back().text;
      if (!task.pictures.empty()) text += " " + std::to_string(task.pictures.size());
      ChatAnswerText answer{.text = text};
      for (const char letter : text) {
        const std::string piece(1, letter);
        if (!listener.piece(static_cast<std::size_t>(i), piece)) return;
        answer.tokens.push_back({.bytes = piece, .logprob = -0.5, .choices = {-1, -2}});
      }
      result.completion_tokens += static_cast<std::int64_t>(text.size());
      result.answers.push_back(std::move(answer));
    }
    listener.done(std::move(result));
  }
  bool is_busy() const override { return false; }
};

struct ChatTest : ::testing::Test {
  ChatTest() {
    ModelSource source = scripted_model("echo", server.control);
    source.load = [control = server.control] {
      return ServedModel{
          std::make_unique<Judge>(std::make_unique<ControlledVoter>(control), plain_template()),
          std::make_unique<EchoModel>()};
    };
    server.app.service().add_model(source);
  }
  json body(const json& change = json::object()) {
    json made = {{"model", "echo"}, {"messages", {{{"role", "user"}, {"content", "hey"}}}}};
    made.update(change);
    return made;
  }
  TestServer server;
};

TEST_F(ChatTest, AnswersInOpenAisShape) {
  const Reply reply = server.post("/v1/chat/completions", body({{"n", 2}, {"user", "x"}}));
  ASSERT_EQ(reply.status, 200) << reply.body;
  const json answer = reply.json();
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["choices"][1]["message"]["content"], "hey");
  EXPECT_EQ(answer["choices"][1]["index"], 1);
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(answer["choices"][0]["logprobs"], nullptr);
  EXPECT_EQ(answer["usage"]["total_tokens"], 16);
}

TEST_F(ChatTest, TakesPicturesAndGivesLogprobs) {
  const json content = {{{"type", "image_url"}, {"image_url", {{"url", grey_uri(1)}}}},
                        {{"type", "text"}, {"text", "1"}}};
  const json answer = server
                          .post("/v1/chat/completions",
                                body({{"messages", {{{"role", "user"}, {"content", content}}}},
                                      {"logprobs", true},
                                      {"top_logprobs", 5}}))
                          .json();
  EXPECT_EQ(answer["choices"][0]["message"]["content"], "1 1");
  const json token = answer["choices"][0]["logprobs"]["content"][0];
  EXPECT_EQ(token["token"], "1");
  EXPECT_EQ(token["bytes"], json({49}));
  EXPECT_EQ(token["logprob"], -0.5);
  ASSERT_EQ(token["top_logprobs"].size(), 2U) << "itself and the other choice";
  EXPECT_EQ(token["top_logprobs"][1]["token"], "2");
  EXPECT_EQ(token["top_logprobs"][1]["logprob"], -2.0);
}

TEST_F(ChatTest, StreamsChunksUpToDone) {
  Socket socket(server.port());
  socket.send(
      request_text("POST", "/v1/chat/completions",
                   body({{"stream", true}, {"stream_options", {{"include_usage", true}}}}).dump()));
  const Reply reply = socket.receive();
  std::string text;
  std::istringstream lines(reply.body);
  std::vector<json> chunks;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("data: {")) chunks.push_back(json::parse(line.substr(6)));
  ASSERT_GE(chunks.size(), 4U) << reply.body;
  for (const json& chunk : chunks) {
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    if (!chunk["choices"].empty()) text += chunk["choices"][0]["delta"].value("content", "");
  }
  EXPECT_EQ(text, "hey");
  EXPECT_EQ(chunks[0]["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(chunks[chunks.size() - 2]["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(chunks.back()["usage"]["total_tokens"], 13);
  EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n"));
}

TEST_F(ChatTest, RefusesWhatItCannotDo) {
  const auto refusal = [&](const json& change) {
    return server.post("/v1/chat/completions", body(change)).status;
  };
  EXPECT_EQ(refusal({{"messages", json::array()}}), 400);
  EXPECT_EQ(refusal({{"messages", {{{"role", "tool"}, {"content", "x"}}}}}), 400);
  EXPECT_EQ(refusal({{"messages", {{{"role", "user"}, {"content", {{{"type", "input_audio"}}}}}}}}),
            400);
  EXPECT_EQ(refusal({{"tools", {{{"type", "function"}}}}}), 400);
  EXPECT_EQ(refusal({{"n", 1000}}), 400);
  EXPECT_EQ(refusal({{"stop", {""}}}), 400);
  EXPECT_EQ(refusal({{"model", "other"}}), 404);
  const json bad = {{{"type", "image_url"}, {"image_url", {{"url", "http://127.0.0.1/a.png"}}}}};
  EXPECT_EQ(refusal({{"messages", {{{"role", "user"}, {"content", bad}}}}}), 422);
  const Reply elsewhere = server.post("/v1/chat/completions", body({{"model", "scripted"}}));
  EXPECT_EQ(elsewhere.status, 422);
  EXPECT_THAT(elsewhere.body, HasSubstr("holds no conversations"));
}

TEST(ChatRequest, AnAssistantsMessageAtTheEndIsContinued) {
  const json request = {{"messages",
                         {{{"role", "developer"}, {"content", "Be brief."}},
                          {{"role", "user"}, {"content", {{{"type", "text"}, {"text", "a"}}}}},
                          {{"role", "assistant"}, {"content", "<answer>"}}}},
                        {"max_completion_tokens", 3},
                        {"temperature", 0},
                        {"top_k", -1},
                        {"stop", "x"}};
  const ChatRequest read = read_chat_request(request, {});
  EXPECT_EQ(read.task.prefill, "<answer>");
  EXPECT_EQ(read.task.messages.size(), 2U);
  EXPECT_EQ(read.task.messages[0].role, "system");
  EXPECT_TRUE(read.task.messages[0].is_plain);
  EXPECT_EQ(read.task.sampling.max_new_tokens, 3);
  EXPECT_EQ(read.task.sampling.top_k, 0);
  EXPECT_EQ(read.task.stop, std::vector<std::string>{"x"});
}

}  // namespace
}  // namespace juror
