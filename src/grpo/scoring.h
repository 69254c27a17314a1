// From groups of completions that have been read to rewards and advantages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grpo/collect.h"
#include "preference/group_reward.h"

namespace juror {

/// Which rewards count, how much, and how they become advantages.
struct ScoringOptions {
  std::vector<std::string> reward_funcs = {"soft", "format"};
  std::vector<double> reward_weights;
  std::string multi_objective_aggregation = "sum_then_normalize";
  std::string answer_gradient = "exact";
  RewardOptions rewards;

  template <class Field>
  void fields(Field&& field) {
    field("reward_funcs", reward_funcs, "Rewards, by name; their weighted sum is maximised");
    field("reward_weights", reward_weights, "Weight of each reward; empty: 1 each");
    field("multi_objective_aggregation", multi_objective_aggregation,
          "Sum rewards and then normalize them in their group, or the other way round",
          OneOf{{"sum_then_normalize", "normalize_then_sum"}});
    field("answer_gradient", answer_gradient,
          "Follow rewards that are functions of p through the decision's logits (exact), or "
          "through the draw alone (score)",
          OneOf{{"exact", "score"}});
    rewards.fields(field);
  }
};

/// Fills in rewards, advantages and slopes of all groups. Throws Error for unknown rewards, a list
/// of weights of another length, and rewards without what they need.
void score_groups(const ScoringOptions& scoring, const std::string& scale_rewards,
                  std::int64_t max_completion_length, std::vector<CollectedGroup>& collected);

}  // namespace juror
