// Ranking sessions driven by a judge.
#include "judge/rank.h"

#include <gtest/gtest.h>

#include "data/pictures.h"
#include "judge/scripted_voter.h"

namespace juror {
namespace {

using testing::make_grey;
using testing::ScriptedVoter;

/// The lighter picture wins, with p by the difference of greys.
Votes lighter(const Question& question) {
  const double gap = question.pictures.at(0)->image.rgb[0] - question.pictures.at(1)->image.rgb[0];
  Votes votes{.verdicts = {}, .prompt_tokens = 10, .completion_tokens = 5 * question.votes};
  votes.verdicts.assign(static_cast<std::size_t>(question.votes),
                        {.answer = "1", .p = 0.5 + gap / 600, .status = Status::kOk});
  return votes;
}

struct RankTest : ::testing::Test {
  RankTest() {
    auto made = std::make_unique<ScriptedVoter>(
        [this](const Question& question) { return answer(question); });
    voter = made.get();
    PromptTemplate plain;
    plain.user = plain.user_without_prompt = "{image_1} or {image_2}?";
    judge = std::make_unique<Judge>(std::move(made), plain);
  }
  RankingTask task(std::size_t n, const SessionOptions& options = {}) {
    return {.prompt = "",
            .candidates = testing::prepare_greys(*judge, n),
            .session = RankingSession(n, options)};
  }
  std::function<Votes(const Question&)> answer = lighter;
  ScriptedVoter* voter = nullptr;
  std::unique_ptr<Judge> judge;
};

TEST_F(RankTest, ComparesAllPairsOfFewAndSortsThem) {
  RankingTask few = task(4);
  rank_candidates(few, *judge, {.votes = 1});
  ASSERT_EQ(few.comparisons.size(), 6U);
  EXPECT_EQ(few.comparisons[0].pair, (PairIndex{0, 1}));
  EXPECT_EQ(few.comparisons[5].pair, (PairIndex{2, 3}));
  EXPECT_EQ(few.session.ranking().order, (std::vector<std::size_t>{3, 2, 1, 0}));
}

TEST_F(RankTest, OrdersFortyWithAFifthOfThePairs) {
  RankingTask many = task(40, {.budget = 156});
  rank_candidates(many, *judge, {.votes = 1});
  EXPECT_EQ(many.comparisons.size(), 156U);
  EXPECT_EQ(many.session.ranking().order.front(), 39U);
}

TEST_F(RankTest, AsksTheSamePairsWhateverRoomTheVoterHas) {
  const auto pairs_with = [&](std::size_t room) {
    voter->room = room;
    RankingTask many = task(20, {.budget = 60});
    rank_candidates(many, *judge, {.votes = 1});
    std::vector<PairIndex> pairs;
    for (const Comparison& one : many.comparisons) pairs.push_back(one.pair);
    return pairs;
  };
  EXPECT_EQ(pairs_with(1), pairs_with(100));
}

TEST_F(RankTest, KeepsATokenBudgetThoughComparisonsMayTakeMoreThanTheyDo) {
  for (const std::int64_t most : {15, 40}) {  // of an order, which takes 15
    voter->most = [&](const Question&) { return most; };
    RankingTask bounded = task(12, {.budget_tokens = 200});
    rank_candidates(bounded, *judge, {.votes = 1});
    EXPECT_EQ(bounded.comparisons.size(), most == 15 ? 6U : 5U);  // of 30 tokens each
    EXPECT_EQ(bounded.session.stopped(), StopReason::kTokens);
  }
}

TEST_F(RankTest, WhatIsKnownCostsWhatItTookBefore) {
  RankingTask first = task(3), again = task(3, {.budget_tokens = 90});
  rank_candidates(first, *judge, {.votes = 1});
  for (const Comparison& one : first.comparisons) again.known.emplace(one.pair, one);
  voter->most = [](const Question&) { return 1000; };
  rank_candidates(again, *judge, {.votes = 1});
  EXPECT_EQ(again.comparisons.size(), 3U);
}

TEST_F(RankTest, StopsAtOnceWhenTheTimeIsUp) {
  RankingTask bounded = task(12, {.budget_seconds = 1e-9});
  rank_candidates(bounded, *judge, {.votes = 1});
  EXPECT_TRUE(bounded.comparisons.empty());
  EXPECT_EQ(bounded.session.stopped(), StopReason::kSeconds);
  EXPECT_TRUE(voter->open.empty());
}

TEST_F(RankTest, AsksNothingNewWhenAskedToStop) {
  voter->room = 1;
  RankingTask few = task(5);
  rank_candidates(few, *judge, {.votes = 1},
                  [](std::string_view, std::int64_t done, std::int64_t) { return done < 2; });
  EXPECT_EQ(few.comparisons.size(), 2U);
}

TEST_F(RankTest, DoesNotAskAgainWhatIsKnown) {
  RankingTask first = task(4), second = task(4);
  rank_candidates(first, *judge, {.votes = 1});
  for (std::size_t k = 0; k < 4; ++k)
    second.known.emplace(first.comparisons[k].pair, first.comparisons[k]);
  voter->questions.clear();
  rank_candidates(second, *judge, {.votes = 1});
  EXPECT_EQ(voter->questions.size(), 4U);  // two pairs in both orders
  EXPECT_EQ(second.session.ranking().items[1].strength, first.session.ranking().items[1].strength);
}

TEST_F(RankTest, SaysWhyAQuestionWasRefused) {
  answer = [](const Question&) { return Votes{.verdicts = {}, .refusal = Error("no")}; };
  RankingTask few = task(3);
  EXPECT_THROW(rank_candidates(few, *judge, {.votes = 1}), Error);
  EXPECT_TRUE(voter->open.empty());
}

TEST_F(RankTest, RanksSeveralGroupsSideBySideAndOneRefusalIsItsOwn) {
  answer = [](const Question& question) {
    if (question.messages.at(0).content.empty()) return Votes{};
    if (question.pictures[0]->image.rgb[0] == 7)
      return Votes{.verdicts = {}, .refusal = Error("no")};
    return lighter(question);
  };
  RankingTask good = task(4), bad = task(3), other = task(5);
  bad.candidates[1] = judge->prepare(make_grey(8, 8, 7));
  Ranker ranker(*judge, {.votes = 1});
  for (RankingTask* one : {&good, &bad, &other}) ranker.begin(*one);
  std::vector<RankingTask*> finished;
  while (finished.size() < 3) {
    ranker.ask();
    ranker.poll();
    while (RankingTask* one = ranker.take_finished()) finished.push_back(one);
  }
  EXPECT_FALSE(good.refusal);
  EXPECT_TRUE(bad.refusal);
  EXPECT_EQ(good.comparisons.size(), 6U);
  EXPECT_EQ(other.comparisons.size(), 10U);
}

}  // namespace
}  // namespace juror
