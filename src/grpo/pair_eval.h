// How well a policy judges pairs that it is not trained on: both orders of each, one thought an
// order.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "grpo/collect.h"
#include "preference/agreement.h"

namespace juror {

struct PairEval {
  std::int64_t pairs = 0;  ///< pairs on which people are not even
  double accuracy = 0;   ///< share whose p, mean of both orders, lies on the people's side; a p of
                         ///< one half counts half
  Interval interval;     ///< 95 %, Wilson
  double brier = 0;      ///< against the vote share
  double flip_rate = 0;  ///< share of pairs whose two orders decide differently
  double invalid_rate = 0;      ///< share of completions that could not be read
  double mean_length = 0;       ///< tokens of a completion
  std::int64_t unreadable = 0;  ///< pairs left out because an image could not be read

  void add_to(nlohmann::ordered_json& metrics) const;  ///< as eval/…
  static std::vector<std::string> metric_names();      ///< eval/accuracy and the others
};

struct PairEvalOptions {
  std::int64_t pairs = 100;
  bool skip_unreadable = false;  ///< leave out pairs that cannot be read, and count them
};

/// Judges the first pairs of the source, greedily. Their order of images is the source's. Throws
/// Error for a pair that cannot be read, unless they are left out; then if none is left.
PairEval evaluate_pairs(Engine& engine, const Policy& policy, const PairSource& source,
                        const PairEvalOptions& options);

}  // namespace juror
