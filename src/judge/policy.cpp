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

std::int64_t most_tokens(const JudgeOptions& options, std::int64_t prompt_tokens) {
  const auto shown = static_cast<std::int64_t>(orders_of(options).size());
  const std::int64_t votes = options.votes_an_order(), rounds = options.votes_a_round();
  const std::int64_t most = options.sampling.max_new_tokens;
  std::int64_t tokens = prompt_tokens;  // a forward read
  if (options.thinks()) {
    tokens = (votes + rounds - 1) / rounds * prompt_tokens + votes * most;
    if (options.reads_first()) tokens += prompt_tokens;
    if (options.listener_check) tokens += votes * (prompt_tokens + most);
  }
  return shown * tokens;
}

}  // namespace juror
