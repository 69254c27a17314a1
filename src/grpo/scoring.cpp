#include "grpo/scoring.h"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "grpo/loss.h"
#include "synth/thoughts.h"

namespace juror {
namespace {

/// The quality digits that a thought gives the two images, where it does: what the reward `scoring`
/// looks at for models that answer with a choice.
std::optional<std::pair<double, double>> stated_scores(const std::string& thinking) {
  const std::vector<ImageClaims> claims = read_thought(thinking);
  if (claims.size() != 2 || claims[0].quality < 0 || claims[1].quality < 0) return {};
  return std::pair<double, double>(claims[0].quality, claims[1].quality);
}

std::vector<RewardInput> reward_inputs(const CollectedGroup& group) {
  std::vector<RewardInput> judged;
  for (std::size_t k = 0; k < group.reads.size(); ++k) {
    const ParsedCompletion& read = group.reads[k];
    judged.push_back({.verdict = read.verdict,
                      .swapped = group.swapped[k],
                      .well_formed = read.well_formed,
                      .scores = read.scores ? read.scores : stated_scores(read.verdict.thinking),
                      .token_ids = group.group.samples[k].token_ids});
    if (!group.listener_ps.empty()) judged.back().listener_p = group.listener_ps.at(k);
  }
  return judged;
}

/// One reward of all groups: [N] values, and slopes of value minus group mean, groups side by side.
struct RewardColumn {
  Tensor values, slopes;
  bool is_of_p = false;
};

/// d (value − mean of the group) / d p of its completion: what it moves of its own advantage, which
/// is measured from a mean that it is part of.
double centred_slope(const Reward& reward, std::size_t generations) {
  return reward.slope - (reward.slope + reward.others_slope) / static_cast<double>(generations);
}

RewardColumn reward_column(const std::string& name, const ScoringOptions& scoring,
                           std::int64_t max_completion_length,
                           std::vector<CollectedGroup>& collected) {
  std::vector<double> values, slopes;
  bool is_of_p = false;
  for (CollectedGroup& one : collected) {
    const RewardContext context{.vote_share = one.pair.vote_share,
                                .max_completion_length = max_completion_length,
                                .options = scoring.rewards,
                                .ranks = one.pair.ranks};
    std::vector<double> own;
    for (const Reward& reward : score_group(name, reward_inputs(one), context)) {
      own.push_back(reward.value);
      values.push_back(reward.value);
      slopes.push_back(centred_slope(reward, one.reads.size()));
      is_of_p = is_of_p || reward.slope != 0;
    }
    one.rewards.push_back(std::move(own));
  }
  return {at::tensor(values, at::kDouble), at::tensor(slopes, at::kDouble), is_of_p};
}

/// Advantages by completion: all rewards; those that do not come through p; and the slope by p.
struct Shares {
  Tensor total, besides_p, slope;  // [N]
};

/// Rewards as advantages. `words` are those that come through the words alone. The slope has no
/// centred factor that would bound it in a group of near-ties, so a group's own spread is no scale
/// for it: the batch's is. A group without spread has no advantage and no slope.
Shares shares_of(const Tensor& rewards, const Tensor& words, const Tensor& slopes,
                 std::int64_t generations, const std::string& scale_rewards) {
  const Advantages advantages = group_advantages(rewards, generations, scale_rewards);
  const Tensor has_spread = (advantages.std > 0).to(at::kFloat).repeat_interleave(generations);
  const Tensor means = words.reshape({-1, generations})
                           .mean(1, /*keepdim=*/true)
                           .expand({-1, generations})
                           .flatten();
  const Tensor slope_divisor = scale_rewards == "group"
                                   ? group_advantages(rewards, generations, "batch").divisor
                                   : advantages.divisor;
  return {.total = advantages.values,
          .besides_p = has_spread * (words - means).to(at::kFloat) / advantages.divisor,
          .slope = has_spread * slopes.to(at::kFloat) / slope_divisor};
}

/// The part of a reward that comes through the words alone: all of it where no completion has a
/// slope, else nothing.
Tensor words_of(const RewardColumn& column) {
  return column.is_of_p ? at::zeros_like(column.values) : column.values;
}

Shares combine(const std::vector<RewardColumn>& columns, const std::vector<double>& weights,
               const ScoringOptions& scoring, std::int64_t generations,
               const std::string& scale_rewards) {
  if (scoring.multi_objective_aggregation == "sum_then_normalize") {
    Tensor sum = at::zeros_like(columns.front().values), words = sum.clone(), slopes = sum.clone();
    for (std::size_t r = 0; r < columns.size(); ++r) {
      sum += weights[r] * columns[r].values;
      words += weights[r] * words_of(columns[r]);
      slopes += weights[r] * columns[r].slopes;
    }
    return shares_of(sum, words, slopes, generations, scale_rewards);
  }
  Shares all;
  for (std::size_t r = 0; r < columns.size(); ++r) {
    const Shares one = shares_of(columns[r].values, words_of(columns[r]), columns[r].slopes,
                                 generations, scale_rewards);
    const auto add = [&](Tensor& sum, const Tensor& part) {
      sum = sum.defined() ? sum + weights[r] * part : weights[r] * part;
    };
    add(all.total, one.total);
    add(all.besides_p, one.besides_p);
    add(all.slope, one.slope);
  }
  return all;
}

void hand_out(const Shares& shares, const std::vector<double>& weights, bool exact,
              std::vector<CollectedGroup>& collected) {
  std::int64_t row = 0;
  for (CollectedGroup& one : collected) {
    for (std::size_t k = 0; k < one.group.samples.size(); ++k, ++row) {
      Sample& sample = one.group.samples[k];
      double sum = 0;
      for (std::size_t r = 0; r < weights.size(); ++r) sum += weights[r] * one.rewards[r][k];
      one.reward.push_back(sum);
      sample.advantage = sample.decision_advantage = shares.total[row].item<double>();
      sample.choice_advantage = exact ? sample.advantage - shares.besides_p[row].item<double>() : 0;
      sample.slope = exact ? shares.slope[row].item<double>() : 0;
    }
  }
}

}  // namespace

void score_groups(const ScoringOptions& scoring, const std::string& scale_rewards,
                  std::int64_t max_completion_length, std::vector<CollectedGroup>& collected) {
  if (collected.empty()) return;
  std::vector<double> weights = scoring.reward_weights;
  if (weights.empty()) weights.assign(scoring.reward_funcs.size(), 1.0);
  require(weights.size() == scoring.reward_funcs.size() && !weights.empty(),
          "reward_weights lists {} numbers, and reward_funcs {} rewards.", weights.size(),
          scoring.reward_funcs.size());
  std::vector<RewardColumn> columns;
  for (CollectedGroup& one : collected) one.rewards.clear(), one.reward.clear();
  for (const std::string& name : scoring.reward_funcs)
    columns.push_back(reward_column(name, scoring, max_completion_length, collected));
  const auto generations = static_cast<std::int64_t>(collected.front().group.samples.size());
  hand_out(combine(columns, weights, scoring, generations, scale_rewards), weights,
           scoring.answer_gradient == "exact", collected);
}

}  // namespace juror
