// Rankings by lists, driven by a judge.
#include "judge/rank_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "data/pictures.h"
#include "judge/scripted_voter.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;
using testing::ScriptedVoter;

/// Orders by grey, lightest first.
Votes lightest_first(const Question& question) {
  Votes votes{.verdicts = {}, .prompt_tokens = 10, .completion_tokens = 5 * question.votes};
  Verdict verdict{.thinking = "", .status = Status::kOk};
  verdict.ranking.resize(question.pictures.size());
  std::iota(verdict.ranking.begin(), verdict.ranking.end(), std::size_t{0});
  const auto grey = [&](std::size_t i) { return question.pictures[i]->image.rgb[0]; };
  std::sort(verdict.ranking.begin(), verdict.ranking.end(),
            [&](std::size_t a, std::size_t b) { return grey(a) > grey(b); });
  verdict.p = verdict.ranking.front() == 0 ? 1 : 0;
  for (std::size_t i = 0; i < question.pictures.size(); ++i)
    verdict.thinking += fmt::format("Image {}: grey {}. ", i + 1, grey(i));
  votes.verdicts.assign(static_cast<std::size_t>(question.votes), verdict);
  return votes;
}

struct RankLists : ::testing::Test {
  RankLists() {
    auto made = std::make_unique<ScriptedVoter>(lightest_first);
    voter = made.get();
    PromptTemplate ranking;
    ranking.answer_format = "ranking";
    ranking.user = ranking.user_without_prompt = "{images}";
    judge = std::make_unique<Judge>(std::move(made), ranking);
  }
  ListTask task(std::size_t n, const SessionOptions& session = {}) {
    return {.prompt = "", .candidates = testing::prepare_greys(*judge, n), .session = session};
  }
  ScriptedVoter* voter = nullptr;
  std::unique_ptr<Judge> judge;
};

TEST_F(RankLists, AskOnceForFewAndSortThem) {
  ListTask few = task(4);
  rank_by_lists(few, *judge, {.votes = 1});
  EXPECT_EQ(few.lists.size(), 1U);
  EXPECT_EQ(few.stopped, StopReason::kAllPairs);
  EXPECT_EQ(few.tokens, 2 * 15);
  EXPECT_EQ(few.ranked().order, (std::vector<std::size_t>{3, 2, 1, 0}));
  EXPECT_EQ(list_reasons(few)[3], "grey 187.");
}

TEST_F(RankLists, SortThirtyByAboutAsManyChoicesAsPairsWouldGive) {
  ListTask many = task(30);
  rank_by_lists(many, *judge, {.votes = 1});
  EXPECT_EQ(std::ssize(many.lists), many.budget());
  const Ranking ranking = many.ranked();
  for (std::size_t place = 0; place < 5; ++place) EXPECT_GE(ranking.order[place], 22U);
  std::set<std::vector<std::size_t>> lists;
  for (const ListComparison& list : many.lists) lists.insert(list.images);
  EXPECT_EQ(lists.size(), many.lists.size());  // none twice
}

TEST_F(RankLists, KeepABudgetOfListsAndOfTokens) {
  ListTask some = task(30, {.budget = 5});
  rank_by_lists(some, *judge, {.votes = 1});
  EXPECT_EQ(some.lists.size(), 5U);
  EXPECT_EQ(some.stopped, StopReason::kBudget);
  ListTask tokens = task(30, {.budget_tokens = 100});
  rank_by_lists(tokens, *judge, {.votes = 1});  // a list takes 30; the first shows it
  EXPECT_EQ(tokens.lists.size(), 3U);
  EXPECT_EQ(tokens.stopped, StopReason::kTokens);
}

TEST_F(RankLists, RefuseWhatLooksAtPairs) {
  const auto refusal = [&](const SessionOptions& session, const JudgeOptions& options) {
    ListTask made = task(5, session);
    return refusal_of([&] { rank_by_lists(made, *judge, options); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal({.stop_top_k = 1}, {}), HasSubstr("--stop-top-k"));
  EXPECT_THAT(refusal({}, {.effort = "auto"}), HasSubstr("--effort auto"));
}

}  // namespace
}  // namespace juror
