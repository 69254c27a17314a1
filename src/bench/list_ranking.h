// What questions that show several images buy, against pairs for the same tokens: simulated judges.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/simulated_judge.h"

namespace juror {

struct ListBenchCase {
  SimulatedJudgeOptions judge;
  std::size_t n = 0;
  std::int64_t budget = 0;              ///< pairs, by the session
  double tau_of_pairs = 0;              ///< mean over worlds
  std::vector<std::size_t> sizes = {};  ///< of lists
  std::vector<double> tau_of_lists = {};
};

/// Kendall's τ that `budget` pairs reach, and lists for as many tokens: a list of L images takes
/// those of L / 2 pairs, since pictures and thoughts are by the image.
ListBenchCase bench_lists(const SimulatedJudgeOptions& judge, std::size_t n, std::int64_t budget,
                          const std::vector<std::size_t>& sizes, std::int64_t worlds);

}  // namespace juror
