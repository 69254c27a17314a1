#include "judge/policy.h"

#include <algorithm>
#include <cmath>

namespace juror {

std::int64_t JudgeOptions::votes_an_order() const { return effort == "high" ? 4 * votes : votes; }

std::int64_t JudgeOptions::votes_a_round() const {
  if (early_stop.threshold >= 1) return votes_an_order();
  const auto shown = static_cast<std::int64_t>(orders_of(*this).size());
  return std::clamp<std::int64_t>((early_stop.min_votes + shown - 1) / shown, 1, votes_an_order());
}

std::vector<bool> orders_of(const JudgeOptions& options) {
  if (options.orders == "given") return {false};
  if (options.orders == "swapped") return {true};
  return {false, true};
}

bool is_open(std::span<const Vote> forward_reads, const JudgeOptions& options) {
  const PairResult result = fold_votes(forward_reads, options.pair);
  if (result.status != PairStatus::kOk) return true;
  return std::abs(result.p - 0.5) < options.open_band || result.flip_rate > 0;
}

}  // namespace juror
