// How many comparisons a ranking takes: simulated judges, this way to choose pairs and others.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/simulated_judge.h"

namespace juror {

/// The judges of the benchmark, from sure to nearly tossing coins.
std::vector<SimulatedJudgeOptions> benchmark_judges();

/// How one way to choose pairs did with one judge. Means over worlds (draws of strengths and
/// votes).
struct MatchmakerResult {
  std::string matchmaker;
  /// Comparisons up to which τ came within 0.02 of all pairs' in each world; nothing where it did
  /// not by the last one looked at.
  std::vector<std::optional<std::int64_t>> needed;
  double tau_at_budget = 0;  ///< at the session's target share
};

struct RankingBenchCase {
  SimulatedJudgeOptions judge;
  std::size_t n = 0;
  std::int64_t pairs = 0;
  std::int64_t budget = 0;  ///< the target share of all pairs
  std::int64_t looked = 0;  ///< comparisons that were looked at, at most
  double tau_of_all = 0;    ///< with every pair compared
  std::vector<MatchmakerResult> matchmakers;
  std::int64_t inside = 0, strengths = 0;  ///< strengths within the session's intervals at `budget`
  /// By what strengths come out larger or smaller than they are (least squares), and how many are
  /// inside once that is taken off.
  double slope = 1;
  std::int64_t inside_scaled = 0;
  double seconds = 0;  ///< of the session and its ranking at `budget`, one world
};

struct RankingBenchOptions {
  std::size_t n = 100;
  double target_share = 0.1;  ///< of all pairs
  double most_share = 0.5;    ///< looked at
  std::int64_t worlds = 5;
  std::int64_t coverage_worlds = 5;  ///< of the intervals alone
  std::int64_t seed = 0;
};

/// One judge, all ways to choose pairs ("poe" up to 300 images: it takes n² work a pair).
RankingBenchCase bench_ranking(const SimulatedJudgeOptions& judge,
                               const RankingBenchOptions& options);

}  // namespace juror
