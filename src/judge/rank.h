// Drives ranking sessions by a judge: keeps the voter busy with the pairs that they ask for.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "judge/judge.h"
#include "preference/ranking_session.h"

namespace juror {

/// Candidates on their way to a ranking.
struct RankingTask {
  std::string prompt;
  std::vector<CandidateImage> candidates;
  RankingSession session;
  /// Comparisons made before (a journal): told when the session asks for them, and not made again.
  std::map<PairIndex, Comparison> known = {};
  std::vector<Comparison> comparisons = {};  ///< as they finish
  std::optional<Error> refusal = {};         ///< why the voter takes no question of it
};

/// Any number of tasks at a time, for one judge. Tasks must stay where they are until they are
/// finished. What is open when it goes is cancelled.
class Ranker {
 public:
  Ranker(Judge& judge, const JudgeOptions& options) : judge_(judge), options_(options) {}
  ~Ranker() { judge_.cancel(); }
  Ranker(const Ranker&) = delete;
  Ranker& operator=(const Ranker&) = delete;

  bool has_room() const { return judge_.has_room(); }
  /// Begins a task; its seconds count from now.
  void begin(RankingTask& task);
  /// Asks for as many pairs as the voter has room for, of the task first begun first.
  void ask();
  /// Lets the voter work for a moment. The task whose comparison is now the last of its list, if
  /// one finished.
  RankingTask* poll();
  /// A task that is at its end: nothing is missing and nothing more asked for, its time is up (what
  /// is under way of it is dropped), or it is refused. Null: none.
  RankingTask* take_finished();
  /// Whether comparisons are under way.
  bool is_busy() const { return !asked_.empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Begun {
    RankingTask* task;
    Clock::time_point since;
  };
  struct Asked {
    RankingTask* task;
    PairIndex pair;
  };
  static double seconds(const Begun& begun);
  void ask(const Begun& begun);
  std::int64_t most_tokens(const RankingTask& task, const PairIndex& pair);

  Judge& judge_;
  JudgeOptions options_;
  std::vector<Begun> begun_;
  std::map<std::size_t, Asked> asked_;  // by comparison number
};

/// Compares what the task's session asks for until it asks for nothing more; comparisons are then
/// in the order of their pairs. When `progress` says stop, what is under way has five seconds to
/// finish. Returns the seconds that it took. Throws Error for a prompt that the template or the
/// voter refuses.
double rank_candidates(RankingTask& task, Judge& judge, const JudgeOptions& options,
                       const Progress& progress = {});

}  // namespace juror
