// Tokens at a server: what a prompt takes before it is asked, what was really spent, and budgets of
// them that are never exceeded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "data/pictures.h"
#include "judge/chat_server.h"
#include "judge/rank.h"
#include "judge/remote/prompt_lengths.h"
#include "judge/remote/remote_voter.h"

namespace juror {
namespace {

using testing::ChatServer;
using testing::FakeModel;
using testing::ServedReply;
using testing::ServedRequest;

Question question_of(const std::string& text, const std::vector<Size>& sizes,
                     const std::string& opening = "<think>") {
  Question question{.messages = {{.role = "user", .content = {}}},
                    .pictures = {},
                    .candidate_ends = {},
                    .opening = opening,
                    .sampling = {}};
  question.messages[0].content.push_back({.kind = ContentPart::kText, .text = text});
  for (const Size& size : sizes)
    question.pictures.push_back(
        std::make_shared<const Picture>(Picture{.image = Image(size.width, size.height)}));
  return question;
}

TEST(PromptLengths, BoundWhatWasNeverAsked) {
  const PromptLengths lengths;
  // 6 + 7 bytes, 256 for the template; a small picture as 1,024
  EXPECT_EQ(lengths.most(question_of("Which?", {{56, 28}, {8, 8}})), 13 + 256 + 2 * 1024);
  // 1,400 x 1,120 pixels: 51 x 41 patches of 28 x 28, one begun in each direction
  EXPECT_EQ(lengths.most(question_of("Which?", {{1400, 1120}})), 13 + 256 + 51 * 41);
}

TEST(PromptLengths, AreKnownOnceAskedAndAtMostAddUp) {
  PromptLengths lengths;
  EXPECT_FALSE(lengths.knows(Picture{.image = Image(8, 8)}));
  EXPECT_TRUE(lengths.learn(question_of("Which?", {{8, 8}, {9, 9}}), 100));
  EXPECT_TRUE(lengths.knows(Picture{.image = Image(8, 8)}));
  EXPECT_EQ(lengths.most(question_of("Which?", {{8, 8}, {9, 9}})), 100);
  EXPECT_EQ(lengths.most(question_of("Which?", {{8, 8}, {9, 9}}, "<answer>")), 108);
  EXPECT_EQ(lengths.most(question_of("Which?", {{9, 9}, {8, 8}})), 13 + 256 + 2 * 100);
  EXPECT_TRUE(lengths.learn(question_of("Which?", {{8, 8}, {8, 8}}), 60));
  EXPECT_EQ(lengths.most(question_of("Which?", {{9, 9}, {8, 8}})), 13 + 256 + 100 + 60);
}

TEST(PromptLengths, RaiseTheBoundOfPicturesThatProvedTooSmall) {
  PromptLengths lengths;
  const std::int64_t bound = 13 + 256 + 1024;
  EXPECT_FALSE(lengths.learn(question_of("Which?", {{8, 8}}), 2 * bound));
  EXPECT_EQ(lengths.most(question_of("Which?", {{10, 10}})), 13 + 256 + 2 * 1024);
}

TEST(PromptLengths, TakeTheMostThatAPromptTookAndBlameNoPicturesForIt) {
  PromptLengths lengths;
  const Question question = question_of("Which?", {{8, 8}});
  EXPECT_TRUE(lengths.learn(question, 100));
  EXPECT_FALSE(lengths.learn(question, 101));
  EXPECT_TRUE(lengths.learn(question, 101));
  EXPECT_EQ(lengths.most(question), 101);
  EXPECT_TRUE(lengths.learn(question, 99));
  EXPECT_EQ(lengths.most(question), 101);
  EXPECT_EQ(lengths.most(question_of("Which?", {{10, 10}})), 13 + 256 + 1024);
}

/// A server that bills: prompts by their pictures, and all the tokens that an answer may have.
struct BillingServer {
  explicit BillingServer(FakeModel fake)
      : model(std::move(fake)),
        server([this](const ServedRequest& request) { return answer(request); }) {}

  ServedReply answer(const ServedRequest& request) {
    ServedReply reply = model(request);
    if (request.path == "/v1/models") return reply;
    auto json = nlohmann::json::parse(reply.body);
    const auto asked = request.json();
    std::size_t pictures = 0;
    for (std::size_t at = 0; (at = request.body.find("image_url\":", at)) != std::string::npos;
         ++at)
      ++pictures;
    const std::int64_t prompt = json["usage"]["prompt_tokens"].get<std::int64_t>() +
                                static_cast<std::int64_t>(300 * pictures);
    const std::int64_t completion =
        asked["max_tokens"].get<std::int64_t>() * std::ssize(json["choices"]);
    json["usage"] = {{"prompt_tokens", prompt}, {"completion_tokens", completion}};
    billed += prompt + completion;
    reply.body = json.dump();
    return reply;
  }

  FakeModel model;
  std::atomic<std::int64_t> billed = 0;
  ChatServer server;
};

RankingTask ranked_at(BillingServer& billing, std::int64_t budget_tokens,
                      const JudgeOptions& options) {
  RemoteOptions remote;
  remote.judge_url = billing.server.url();
  PromptTemplate plain;
  plain.user = plain.user_without_prompt = "{image_1} or {image_2}?";
  Judge judge(std::make_unique<RemoteVoter>(remote), plain);
  RankingTask task{.prompt = "",
                   .candidates = {},
                   .session = RankingSession(12, {.budget_tokens = budget_tokens})};
  for (int i = 0; i < 12; ++i)
    task.candidates.push_back(judge.prepare(testing::make_grey(8 + i % 3, 8, 20)));
  rank_candidates(task, judge, options);
  return task;
}

TEST(RemoteBudget, IsNeverExceededAndWhatIsToldWasBilled) {
  JudgeOptions few{.votes = 2, .listener_check = true};
  few.sampling.max_new_tokens = 30;
  for (const FakeModel& model :
       {FakeModel{}, FakeModel{.is_cut = true}, FakeModel{.many = false, .is_cut = true},
        FakeModel{.logprobs = false, .continues = "none"}}) {
    for (const std::int64_t budget : {30'000, 60'000}) {
      BillingServer billing(model);
      JudgeOptions options = few;
      options.listener_check = model.continues != "none";
      const RankingTask task = ranked_at(billing, budget, options);
      EXPECT_EQ(task.session.stopped(), StopReason::kTokens);
      EXPECT_GE(std::ssize(task.comparisons), budget / 20'000);
      EXPECT_LE(billing.billed, budget);
      EXPECT_EQ(task.session.tokens(), billing.billed);
    }
  }
}

TEST(RemoteBudget, ThatMayNotDoForOneComparisonBuysNone) {
  BillingServer billing(FakeModel{});
  const RankingTask task = ranked_at(billing, 3000, {.votes = 1});
  EXPECT_TRUE(task.comparisons.empty());
  EXPECT_EQ(task.session.stopped(), StopReason::kTokens);
  EXPECT_GT(task.session.tokens_of_next(), 3000);
  EXPECT_LT(billing.billed, 1000) << "it was asked what it can do and what two pictures take";
}

TEST(RemoteBudget, CountsTheMostWhereTheServerDoesNotSay) {
  const ChatServer server{FakeModel{.usage = false, .continues = "none"}};
  RemoteOptions remote;
  remote.judge_url = server.url();
  RemoteVoter voter(remote);
  Question question = question_of("Which?", {{8, 8}});
  question.candidate_ends = {1};
  question.votes = 2;
  question.sampling.max_new_tokens = 50;
  EXPECT_EQ(voter.most_tokens(question), 2 * (13 + 256 + 1024 + 50))
      << "a prompt for each vote, until an answer had both";
  const std::size_t requests = server.requests().size();
  voter.most_tokens(question);
  EXPECT_EQ(server.requests().size(), requests) << "it does not say what a picture takes";
  voter.ask(question);
  std::optional<Votes> votes;
  while (!votes) votes = voter.poll();
  EXPECT_EQ(votes->prompt_tokens, 0) << "not known";
  EXPECT_EQ(votes->extra_tokens, 13 + 256 + 1024 + 2 * 50);
  EXPECT_EQ(voter.most_tokens(question), votes->extra_tokens);
}

}  // namespace
}  // namespace juror
