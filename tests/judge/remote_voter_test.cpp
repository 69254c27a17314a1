// A voter at a server: what it asks for, what it makes of the answers, and what it does when the
// server misbehaves.
#include "judge/remote/remote_voter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/log.h"
#include "base/option_text.h"
#include "judge/chat_server.h"
#include "judge/parse_template.h"
#include "judge/template_hash.h"
#include "temp_folder.h"

namespace juror {
namespace {

using testing::ChatServer;
using testing::FakeModel;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ServedReply;
using testing::ServedRequest;

RemoteOptions options_for(const ChatServer& server) {
  RemoteOptions options;
  options.judge_url = server.url();
  options.judge_retries = 3;
  options.judge_backoff_s = 0.002;
  options.judge_timeout_s = 20;
  return options;
}

Question question(std::int64_t votes, const std::string& text = "Which?") {
  Image image(4, 4);
  const auto picture = std::make_shared<const Picture>(Picture{.image = image, .key = 5});
  Question asked{.messages = {{.role = "user",
                               .content = {{.kind = ContentPart::kText, .text = text},
                                           {.kind = ContentPart::kImage, .text = {}}}}},
                 .pictures = {picture},
                 .candidate_ends = {1},
                 .opening = "<think>",
                 .votes = votes,
                 .sampling = {}};
  return asked;
}

Question immediate_question() {
  Question asked = question(1);
  asked.opening = "<answer>";
  asked.immediate = true;
  return asked;
}

/// Votes on everything that was asked, by question.
std::map<std::size_t, Votes> all_votes(RemoteVoter& voter, std::size_t questions) {
  std::map<std::size_t, Votes> all;
  while (all.size() < questions) {
    if (std::optional<Votes> votes = voter.poll()) all[votes->question] = std::move(*votes);
  }
  return all;
}

Votes votes_on(RemoteVoter& voter, Question asked) {
  const std::size_t number = voter.ask(std::move(asked));
  return all_votes(voter, 1).at(number);
}

bool is_probe(const ServedRequest& request) {
  return request.body.find("Answer with 1 or 2.") != std::string::npos;
}

/// The requests that are no probes and no list of models.
std::vector<ServedRequest> real_requests(const ChatServer& server) {
  std::vector<ServedRequest> real;
  for (ServedRequest& request : server.requests()) {
    if (!is_probe(request) && request.path != "/v1/models") real.push_back(std::move(request));
  }
  return real;
}

TEST(RemoteVoter, ReadsPFromTheLogProbsOfBothChoicesAndSaysHowMuchItSaw) {
  const ChatServer server{FakeModel{}};
  RemoteVoter voter(options_for(server));
  const Votes votes = votes_on(voter, question(3));
  ASSERT_EQ(votes.verdicts.size(), 3U);
  for (const Verdict& verdict : votes.verdicts) {
    EXPECT_EQ(verdict.status, Status::kOk);
    EXPECT_EQ(verdict.answer, "1");
    EXPECT_EQ(verdict.thinking, "Image 1: clean. Image 2: strong blur.");
    EXPECT_NEAR(verdict.p, 0.7 / 0.9, 1e-9);  // "1" and " 1" against "2"
    EXPECT_NEAR(verdict.choice_mass, 0.9, 1e-9);
    EXPECT_FALSE(verdict.p_from_answer);
  }
  EXPECT_EQ(votes.prompt_tokens, 21);
  EXPECT_EQ(votes.completion_tokens, 30);
  EXPECT_EQ(voter.model(), "fake-vl");
}

TEST(RemoteVoter, AsksOnceForAllVotesWithPicturesAndTheOpenedTurn) {
  const ChatServer server{FakeModel{}};
  RemoteVoter voter(options_for(server));
  Question asked = question(3, "Which of \"these\"?\n");
  asked.sampling = {.temperature = 0.5, .top_k = 7, .top_p = 0.9, .max_new_tokens = 99};
  votes_on(voter, asked);
  const auto requests = real_requests(server);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].path, "/v1/chat/completions");
  const auto json = requests[0].json();
  EXPECT_EQ(json["model"], "fake-vl");
  EXPECT_EQ(json["n"], 3);
  EXPECT_EQ(json["max_tokens"], 99);
  EXPECT_EQ(json["temperature"], 0.5);
  EXPECT_EQ(json["top_k"], 7);
  EXPECT_FALSE(json.contains("min_p"));
  EXPECT_EQ(json["top_logprobs"], 20);
  EXPECT_EQ(json["continue_final_message"], true);
  EXPECT_EQ(json["add_generation_prompt"], false);
  EXPECT_EQ(json["messages"][1], (nlohmann::json{{"role", "assistant"}, {"content", "<think>"}}));
  const auto& parts = json["messages"][0]["content"];
  EXPECT_EQ(parts[0]["text"], "Which of \"these\"?\n");
  const auto uri = parts[1]["image_url"]["url"].get<std::string>();
  EXPECT_TRUE(uri.starts_with("data:image/png;base64,iVBORw0KGgo")) << uri;  // the mark of a PNG
}

TEST(RemoteVoter, SendsTheKeyAndTellsItNobodyElse) {
  const TempFolder folder;
  const ChatServer server{[](const ServedRequest& request) {
    if (request.head.find("Authorization: Bearer sk-secret") != std::string::npos)
      return ServedReply{.status = 401,
                         .body = R"({"error":{"message":"Incorrect API key: sk-secret"}})"};
    return FakeModel{}(request);
  }};
  RemoteOptions options = options_for(server);
  options.judge_api_key_file = folder.write("key", "sk-secret\n").string();
  RemoteVoter voter(options);
  const std::string refusal = refusal_of([&] { voter.connect(); }, ErrorKind::kUser);
  EXPECT_THAT(refusal, HasSubstr("refuses the key (401): Incorrect API key: ***"));
  EXPECT_THAT(refusal, Not(HasSubstr("sk-secret")));
  EXPECT_THAT(refusal, HasSubstr("--judge-api-key-file"));
  EXPECT_EQ(server.requests().size(), 1U);  // not asked again
}

TEST(RemoteVoter, RefusesAFileThatIsNoKey) {
  const TempFolder folder;
  RemoteOptions options;
  options.judge_url = "http://localhost";
  options.judge_api_key_file = folder.write("key", "two words\n").string();
  EXPECT_THAT(refusal_of([&] { RemoteVoter{options}; }, ErrorKind::kUser),
              HasSubstr("is no API key"));
}

TEST(RemoteVoter, WithoutLogProbsTakesPFromTheAnswerAndSaysSo) {
  const ChatServer server{FakeModel{.logprobs = false}};
  std::vector<std::string> said;
  set_log_sink([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning) said.emplace_back(text);
  });
  RemoteVoter voter(options_for(server));
  const Votes votes = votes_on(voter, question(2));
  set_log_sink(nullptr);
  EXPECT_EQ(votes.verdicts[0].p, 1);
  EXPECT_TRUE(votes.verdicts[0].p_from_answer);
  EXPECT_TRUE(std::isnan(votes.verdicts[0].choice_mass));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], HasSubstr("gives no log-probs"));
  EXPECT_FALSE(real_requests(server)[0].json().contains("top_logprobs"));
}

TEST(RemoteVoter, AsksOneByOneWhereNIsNotHonouredWithASeedForEach) {
  const ChatServer server{FakeModel{.many = false}};
  RemoteVoter voter(options_for(server));
  EXPECT_EQ(votes_on(voter, question(3)).verdicts.size(), 3U);
  std::set<std::int64_t> seeds;
  for (const ServedRequest& request : real_requests(server)) {
    EXPECT_FALSE(request.json().contains("n"));
    seeds.insert(request.json()["seed"].get<std::int64_t>());
  }
  EXPECT_EQ(seeds.size(), 3U);
}

TEST(RemoteVoter, AsksAgainForChoicesThatAreMissingAndDropsThoseTooMany) {
  for (const int given : {1, 5}) {
    std::atomic<int> asked = 0;
    const ChatServer server{[&](const ServedRequest& request) {
      ServedReply reply = FakeModel{}(request);
      if (is_probe(request) || request.path == "/v1/models" || asked++ > 0) return reply;
      auto json = nlohmann::json::parse(reply.body);
      auto one = json["choices"][0];
      json["choices"] = nlohmann::json::array();
      for (int i = 0; i < given; ++i) json["choices"].push_back(one);
      reply.body = json.dump();
      return reply;
    }};
    RemoteVoter voter(options_for(server));
    const Votes votes = votes_on(voter, question(3));
    ASSERT_EQ(votes.verdicts.size(), 3U);
    for (const Verdict& verdict : votes.verdicts) EXPECT_EQ(verdict.status, Status::kOk);
    EXPECT_EQ(asked, given == 1 ? 2 : 1);
  }
}

TEST(RemoteVoter, ReadsACutThoughtByForceWhereTheServerContinuesAnAnswer) {
  for (const char* continues : {"flagged", "plain"}) {
    const ChatServer server{FakeModel{.continues = continues, .is_cut = true}};
    RemoteVoter voter(options_for(server));
    const Votes votes = votes_on(voter, question(2));
    for (const Verdict& verdict : votes.verdicts) {
      EXPECT_EQ(verdict.status, Status::kForced);
      EXPECT_EQ(verdict.answer, "2");
      EXPECT_EQ(verdict.thinking, "Image 1: clean. Image 2: strong blur.");
      EXPECT_NEAR(verdict.p, 0.25 / 0.75, 1e-9);
      EXPECT_NEAR(verdict.choice_mass, 0.75, 1e-9);
    }
    const auto forced = real_requests(server).back().json();
    EXPECT_EQ(forced["max_tokens"], 1);
    EXPECT_EQ(forced["messages"].back()["content"],
              "<think>Image 1: clean. Image 2: strong blur.</think><answer>");
    EXPECT_EQ(forced.contains("continue_final_message"), std::string(continues) == "flagged");
  }
}

TEST(RemoteVoter, LeavesACutThoughtUnreadWhereTheServerContinuesNothing) {
  for (const bool usage : {true, false}) {  // without usage nobody can tell
    const ChatServer server{FakeModel{.usage = usage, .continues = "none", .is_cut = true}};
    RemoteVoter voter(options_for(server));
    const Votes votes = votes_on(voter, question(1));
    EXPECT_EQ(votes.verdicts[0].status, Status::kTruncated);
    EXPECT_TRUE(std::isnan(votes.verdicts[0].p));
    EXPECT_EQ(real_requests(server)[0].json()["messages"].size(), 1U);  // no turn was begun
    EXPECT_THAT(refusal_of([&] { voter.ask(immediate_question()); }, ErrorKind::kUser),
                HasSubstr("--no-think"));
  }
}

TEST(RemoteVoter, ReadsAnImmediateAnswerFromTheFirstToken) {
  const ChatServer server{FakeModel{}};
  RemoteVoter voter(options_for(server));
  const Votes votes = votes_on(voter, immediate_question());
  ASSERT_EQ(votes.verdicts.size(), 1U);
  EXPECT_EQ(votes.verdicts[0].status, Status::kOk);
  EXPECT_EQ(votes.verdicts[0].answer, "2");
  EXPECT_NEAR(votes.verdicts[0].p, 1.0 / 3, 1e-9);
  EXPECT_EQ(votes.completion_tokens, 0);
}

/// One bad reply to a question, then good ones.
struct BadOnce {
  ServedReply bad;
  std::shared_ptr<std::atomic<int>> asked = std::make_shared<std::atomic<int>>(0);
  ServedReply operator()(const ServedRequest& request) const {
    if (is_probe(request) || request.path == "/v1/models") return FakeModel{}(request);
    return (*asked)++ == 0 ? bad : FakeModel{}(request);
  }
};

struct BadCase {
  std::string name;
  ServedReply reply;
};
void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.name; }

class AfterABadReply : public ::testing::TestWithParam<BadCase> {};

TEST_P(AfterABadReply, AsksAgain) {
  const BadOnce handler{.bad = GetParam().reply};
  const ChatServer server{handler};
  RemoteOptions options = options_for(server);
  if (GetParam().reply.manner == ServedReply::kSilent) options.judge_timeout_s = 0.3;
  RemoteVoter voter(options);
  EXPECT_NEAR(votes_on(voter, question(1)).verdicts[0].p, 0.7 / 0.9, 1e-9);
  EXPECT_EQ(*handler.asked, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Manners, AfterABadReply,
    ::testing::Values(
        BadCase{"busy", {.status = 429}}, BadCase{"failing", {.status = 500}},
        BadCase{"starting", {.status = 503, .body = "<html>loading</html>"}},
        BadCase{"slow", {.status = 408}},
        BadCase{"no_json", {.body = "{\"choices\":[{\"message\":"}},
        BadCase{"no_object", {.body = "[1]"}}, BadCase{"no_choices", {.body = "{\"choices\":[]}"}},
        BadCase{"no_message", {.body = "{\"choices\":[{}]}"}},
        BadCase{"no_text", {.body = "{\"choices\":[{\"message\":{\"content\":7}}]}"}},
        BadCase{
            "odd_logprobs",
            {.body = R"({"choices":[{"message":{"content":"1"},"logprobs":{"content":[7]}}]})"}},
        BadCase{"more_than_certain",
                {.body = R"({"choices":[{"message":{"content":"<answer>1</answer>"},"logprobs":
                    {"content":[{"token":"<answer>","logprob":0},{"token":"1","logprob":1e308,
                    "top_logprobs":[{"token":"2","logprob":1e308}]},
                    {"token":"</answer>","logprob":0}]}}]})"}},
        BadCase{"odd_bytes", {.body = R"({"choices":[{"message":{"content":"1"},
                    "logprobs":{"content":[{"token":"1","bytes":[300],"logprob":-1}]}}]})"}},
        BadCase{"half_a_body",
                {.body = R"({"choices":[{"message":{"content":"<answer>1</answer>"}}]})",
                 .manner = ServedReply::kHalf}},
        BadCase{"reset", {.manner = ServedReply::kReset}},
        BadCase{"silence", {.manner = ServedReply::kSilent}}),
    [](const auto& info) { return info.param.name; });

TEST(RemoteVoter, WaitsAsLongAsRetryAfterSays) {
  const ChatServer server{BadOnce{.bad = {.status = 429, .headers = "Retry-After: 0.15\r\n"}}};
  RemoteVoter voter(options_for(server));
  votes_on(voter, question(1));
  const auto requests = real_requests(server);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_GE(requests[1].at - requests[0].at, std::chrono::milliseconds(150));
}

TEST(RemoteVoter, GivesUpAfterItsRetriesAndSaysWhereAndWhatToDo) {
  const ChatServer server{[](const ServedRequest& request) {
    return is_probe(request) || request.path == "/v1/models"
               ? FakeModel{}(request)
               : ServedReply{.status = 503, .body = R"({"error":"overloaded"})"};
  }};
  RemoteVoter voter(options_for(server));
  const std::string refusal =
      refusal_of([&] { votes_on(voter, question(1)); }, ErrorKind::kNetwork);
  EXPECT_THAT(refusal, HasSubstr(server.url()));
  EXPECT_THAT(refusal, HasSubstr("status 503, overloaded (4 tries)"));
  EXPECT_THAT(refusal, Not(HasSubstr("juror eval")));  // rank and compare resume nothing
  EXPECT_EQ(real_requests(server).size(), 4U);
}

TEST(RemoteVoter, SaysAtOnceWhereNobodyListens) {
  ChatServer server{FakeModel{}};
  server.stop();
  RemoteVoter voter(options_for(server));
  EXPECT_THAT(refusal_of([&] { voter.connect(); }, ErrorKind::kNetwork),
              HasSubstr("does not answer: Couldn't connect to server"));
}

TEST(RemoteVoter, ANameThatTheServerDoesNotKnowIsTheUsersMistake) {
  const ChatServer server{[](const ServedRequest&) {
    return ServedReply{.status = 404, .body = R"({"message":"The model `x` does not exist."})"};
  }};
  RemoteOptions options = options_for(server);
  options.judge_model = "x";
  RemoteVoter voter(options);
  EXPECT_THAT(refusal_of([&] { voter.connect(); }, ErrorKind::kUser),
              HasSubstr("'x', 404): The model `x` does not exist."));
}

TEST(RemoteVoter, AQuestionThatIsRefusedLeavesTheOthers) {
  const ChatServer server{[](const ServedRequest& request) {
    if (request.body.find("too long") == std::string::npos) return FakeModel{}(request);
    return ServedReply{.status = 400,
                       .body = R"({"error":{"message":"9999 tokens are too many"}})"};
  }};
  RemoteVoter voter(options_for(server));
  const std::size_t bad = voter.ask(question(2, "too long")), good = voter.ask(question(2));
  const auto votes = all_votes(voter, 2);
  ASSERT_TRUE(votes.at(bad).refusal);
  EXPECT_THAT(votes.at(bad).refusal->what(), HasSubstr("(400): 9999 tokens are too many"));
  EXPECT_FALSE(votes.at(good).refusal);
}

TEST(RemoteVoter, FindsWhatAStrictServerAccepts) {
  const ChatServer server{[](const ServedRequest& request) {
    const auto json = request.json();
    const bool is_strange =
        request.path != "/v1/models" && (json.contains("n") || json.value("top_logprobs", 0) > 5 ||
                                         json.contains("continue_final_message"));
    if (is_strange) return ServedReply{.status = 422, .body = R"({"detail":"unknown field"})"};
    return FakeModel{.continues = "none"}(request);
  }};
  RemoteVoter voter(options_for(server));
  voter.connect();
  EXPECT_FALSE(voter.abilities().many_completions);
  EXPECT_EQ(voter.abilities().top_logprobs, 5);
  EXPECT_EQ(voter.abilities().prefill, Prefill::kNone);
  EXPECT_NEAR(votes_on(voter, question(1)).verdicts[0].p, 0.7 / 0.9, 1e-9);
}

TEST(RemoteVoter, KeepsAtMostSoManyRequestsUnderWay) {
  const ChatServer server{[](const ServedRequest& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that requests could pile up
    return FakeModel{}(request);
  }};
  RemoteOptions options = options_for(server);
  options.judge_concurrency = 3;
  RemoteVoter voter(options);
  for (int i = 0; i < 12; ++i) voter.ask(question(1));
  EXPECT_FALSE(voter.has_room());
  all_votes(voter, 12);
  EXPECT_LE(server.most_at_once(), 3);
  EXPECT_GE(server.most_at_once(), 2);
  EXPECT_TRUE(voter.has_room());
}

TEST(RemoteVoter, SeveralModelsNeedAName) {
  const ChatServer server{[](const ServedRequest&) {
    return ServedReply{.body = R"({"data":[{"id":"a"},{"id":"b"}]})"};
  }};
  RemoteVoter voter(options_for(server));
  EXPECT_THAT(refusal_of([&] { voter.connect(); }, ErrorKind::kUser),
              HasSubstr("lists 2 models: a, b. Name one by --judge-model."));
}

TEST(RemoteVoter, SaysWhatIsWrongWithAListOfModels) {
  const std::pair<ServedReply, const char*> cases[] = {
      {{.body = "<html>hello</html>"}, "is no list of models: it is no JSON object: <html>hello"},
      {{.body = R"({"models":[]})"}, "it has no list 'data': {\"models\":[]}"},
      {{.body = R"({"data":[{"name":"a"}]})"}, "a model has no text 'id'"},
      {{.body = R"({"data":[]})"}, "lists 0 models. Name one by --judge-model."},
      {{.status = 404, .body = "nothing here"},
       "gives no list of models (404): nothing here Name the model by --judge-model."}};
  for (const auto& [reply, sentence] : cases) {
    const ChatServer server{[reply = reply](const ServedRequest&) { return reply; }};
    RemoteVoter voter(options_for(server));
    const std::string refusal = refusal_of([&] { voter.connect(); }, ErrorKind::kUser);
    EXPECT_THAT(refusal, HasSubstr(sentence));
    EXPECT_THAT(refusal, HasSubstr("--judge-model"));
  }
}

TEST(RemoteVoter, AsksForAKeyWhereNoneWasGiven) {
  const ChatServer server{[](const ServedRequest&) { return ServedReply{.status = 401}; }};
  RemoteVoter voter(options_for(server));
  EXPECT_THAT(refusal_of([&] { voter.connect(); }, ErrorKind::kUser),
              HasSubstr("wants an API key (401): it says nothing. Name a file that holds it by "
                        "--judge-api-key-file."));
}

TEST(HttpClient, EndsAnAnswerThatIsTooLarge) {
  const ChatServer server{
      [](const ServedRequest&) { return ServedReply{.body = std::string(3 << 20, ' ')}; }};
  HttpClient client({.most_body_bytes = 1 << 20});
  client.start(server.url());
  std::vector<HttpResponse> responses;
  while (responses.empty()) responses = client.wait(1);
  EXPECT_EQ(responses[0].status, 0);
  EXPECT_EQ(responses[0].fault, "the answer has more than 1 MiB");
}

TEST(ChatUrl, IsCompletedAsClientsOfOpenAiDo) {
  EXPECT_EQ(chat_url("http://h:8000"), "http://h:8000/v1/chat/completions");
  EXPECT_EQ(chat_url("http://h:8000/v1/"), "http://h:8000/v1/chat/completions");
  EXPECT_EQ(chat_url("https://h/api/v3"), "https://h/api/v3/chat/completions");
  EXPECT_EQ(chat_url("http://h/x/chat/completions"), "http://h/x/chat/completions");
  for (const char* wrong : {"localhost:8000", "ftp://h", "http://", "http://h/?a=b", "http://a b",
                            "http://h:99999", "http://h:0", "http://h:x/v1", "http://[::1"})
    EXPECT_THAT(refusal_of([&] { chat_url(wrong); }, ErrorKind::kUser), HasSubstr(wrong));
  EXPECT_THAT(refusal_of([&] { chat_url("https://me:pass@h/v1"); }, ErrorKind::kUser),
              Not(HasSubstr("pass@")));
}

TEST(ReadChatAnswer, FindsTheAnswersTokensBehindAThoughtThatTheServerSetsApart) {
  const ChatAnswer answer = read_chat_answer(R"({"choices":[{"finish_reason":"stop","message":{
      "content":"<answer>2</answer>","reasoning_content":"hm"},"logprobs":{"content":[
      {"token":"hm","logprob":-1},{"token":"</think>","logprob":-1},{"token":"<answer>","logprob":-1},
      {"token":"2","bytes":[50],"logprob":-0.1,"top_logprobs":[{"token":"1","logprob":-3}]},
      {"token":"</answer>","logprob":-1},{"token":"<|im_end|>","logprob":0}]}}]})",
                                             "<think>");
  const ParsedCompletion parsed = parse_completion(answer.choices.at(0).completion, {});
  EXPECT_EQ(parsed.verdict.thinking, "hm");
  EXPECT_EQ(parsed.verdict.answer, "2");
  EXPECT_NEAR(parsed.verdict.p, 1 / (1 + std::exp(2.9)), 1e-9);
}

TEST(ReadChatAnswer, WithLogProbsOfAnotherTextReadsTheTextAlone) {
  const ChatAnswer answer = read_chat_answer(R"({"choices":[{"message":{
      "content":"<think>a</think><answer>1</answer>"},
      "logprobs":{"content":[{"token":"other","logprob":-1}]}}]})",
                                             "<think>");
  const ParsedCompletion parsed = parse_completion(answer.choices.at(0).completion, {});
  EXPECT_EQ(parsed.verdict.thinking, "a");  // the opening was repeated: it stands once
  EXPECT_EQ(parsed.verdict.answer, "1");
  EXPECT_TRUE(std::isnan(parsed.verdict.p));
}

TEST(ImageUris, EncodeAPictureOnceWhileItLives) {
  ImageUris uris;
  Image large(1200, 1000);
  auto picture = std::make_shared<const Picture>(Picture{.image = large, .key = 1});
  const std::string* first = &uris.uri(picture);
  EXPECT_TRUE(first->starts_with("data:image/jpeg;base64,/9j/"));  // above a mebipixel
  EXPECT_EQ(first, &uris.uri(picture));
}

TEST(RemoteVoter, TakesTheTemplateThatAJurorServerTellsOfItsModel) {
  PromptTemplate own =
      load_template(std::filesystem::path(JUROR_SOURCE_DIR) / "models/mini/juror_template.toml");
  const nlohmann::json list = {
      {"data", {{{"id", "other"}}, {{"id", "mini"}, {"prompt_template", options_toml(own)}}}}};
  ChatServer server([&](const ServedRequest& request) -> ServedReply {
    if (request.path == "/v1/models") return {.body = list.dump()};
    return FakeModel{}(request);
  });
  RemoteOptions options = options_for(server);
  options.judge_model = "mini";
  RemoteVoter voter(options);
  voter.connect();
  EXPECT_EQ(template_hash(parse_template(voter.prompt_template(), "told")), template_hash(own));
  options.judge_model = "other";
  RemoteVoter silent(options);
  silent.connect();
  EXPECT_EQ(silent.prompt_template(), "");
  EXPECT_THROW(parse_template("user = 'no slots'", "told"), Error);
}

}  // namespace
}  // namespace juror
