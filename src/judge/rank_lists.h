// Ranks candidates by questions that show several at once (templates whose answer is a ranking).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "judge/judge.h"
#include "preference/list_reads.h"
#include "preference/ranking_session.h"

namespace juror {

/// A list of candidates and the votes on it; `pair` and `result.p` say nothing.
struct ListComparison {
  std::vector<std::size_t> images;
  Comparison comparison;
};

/// Candidates on their way to a ranking. Of the session's options its budgets count, a list as one
/// comparison.
struct ListTask {
  std::string prompt;
  std::vector<CandidateImage> candidates;
  std::size_t list_size = 4;
  SessionOptions session;
  RankingOptions ranking;
  std::vector<ListComparison> lists = {};  ///< as they finish
  std::int64_t tokens = 0;
  std::int64_t tokens_of_next = 0;         ///< at most, where there is a token budget
  std::optional<StopReason> stopped = {};  ///< nothing: `progress` said stop

  std::int64_t budget() const;  ///< of lists
  std::vector<ListReads> reads() const;
  Ranking ranked() const;
};

/// What is said of each candidate: of the remarks in all readable votes the most typical one; ""
/// where there is none.
std::vector<std::string> list_reasons(const ListTask& task);

/// Asks list by list, in rounds in which each candidate stands once, chosen by what the rounds
/// before said. No list is asked twice. Returns the seconds that it took. Throws Error for what the
/// template or the voter refuses, and for stop rules, effort auto and early stopping, which look at
/// pairs.
double rank_by_lists(ListTask& task, Judge& judge, const JudgeOptions& options,
                     const Progress& progress = {});

}  // namespace juror
