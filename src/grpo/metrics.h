// The figures of a GRPO step, under TRL's names. Pure functions of groups and sums.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "grpo/collect.h"
#include "grpo/group.h"
#include "grpo/loss.h"

namespace juror {

/// completions/{mean,min,max}_length, clipped_ratio, {mean,min,max}_terminated_length (0 where none
/// ended).
void add_completion_metrics(const std::vector<const Group*>& groups,
                            nlohmann::ordered_json& metrics);

/// reward, reward_std (unbiased, over all completions), frac_reward_zero_std (share of groups
/// without spread). rewards: [N], weighted sums, groups side by side.
void add_reward_metrics(const Tensor& rewards, std::int64_t generations,
                        nlohmann::ordered_json& metrics);

/// rewards/NAME/{mean,std} of each reward alone (std unbiased, over all completions).
void add_reward_parts(const std::vector<std::string>& names,
                      const std::vector<CollectedGroup>& collected,
                      nlohmann::ordered_json& metrics);

/// verdicts/STATUS: shares of completions; verdicts/saturated: of the readable ones, |p − ½| >
/// 0.49; verdicts/answer_first: of the readable ones, p > ½.
void add_verdict_metrics(const std::vector<CollectedGroup>& collected,
                         nlohmann::ordered_json& metrics);

/// entropy, kl (if `has_reference`), clip_ratio/…, policy_loss, from sums over all micro-batches of
/// a step.
void add_loss_metrics(const GrpoStats& stats, bool has_reference, bool is_cispo,
                      nlohmann::ordered_json& metrics);

/// A completion that is worth showing.
struct Extreme {
  std::size_t place = 0;  ///< in the group
  std::string rank;       ///< "best", "worst", or "any" where all rewards are equal
};
/// The best and the worst by reward, the first of equal ones; the first alone where all are equal.
/// rewards: [G].
std::vector<Extreme> extremes_of(const std::vector<double>& rewards);

/// [N]: the weighted rewards of all completions, groups side by side.
Tensor reward_row(const std::vector<CollectedGroup>& collected);

}  // namespace juror
