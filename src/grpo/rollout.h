// The first half of a step: pairs are drawn, shown, answered, read and scored; with dynamic
// sampling, others are drawn for those that teach nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/prefetch.h"
#include "grpo/policy_pass.h"
#include "grpo/prefilled_prompts.h"
#include "grpo/run.h"

namespace juror {

using Pairs = Prefetcher<PairOrError>;

/// Why dynamic sampling gives a group up.
enum class Dropped {
  kNot,
  kZeroStd,  ///< all rewards are equal
  kMean,     ///< their mean lies at or beyond an end of the band
};
/// rewards: [G], weighted sums. Source: DAPO (arXiv 2503.14476), section 3.2; the band as EasyR1's
/// online filtering has it.
Dropped dropped(std::span<const double> rewards, const GrpoConfig& config);

/// What dynamic sampling did for one batch, in groups.
struct DynamicSampling {
  std::int64_t rounds = 0, sampled = 0, zero_std = 0, mean = 0;
  std::int64_t kept_anyway = 0;  ///< of the last round, in which nothing is dropped
};

/// What a rollout leaves for the update that follows it.
struct Rollout {
  std::vector<CollectedGroup> groups;
  std::optional<PrefilledPrompts> prompts;  ///< of all groups, with gradients, for the update
  DynamicSampling dynamic;
  std::int64_t unreadable = 0;
  std::int64_t tokens_computed = 0, images_encoded = 0;  ///< by reading the prompts
  double rollout_s = 0, reward_s = 0;
};

/// How the policy's passes are computed in this run.
PassOptions pass_options(const GrpoRun& run);
/// The features of images whose tower is not trained; null if it is.
FeatureCache* frozen_tower(GrpoRun& run);

/// Samples, reads and scores groups until `groups_per_step` are together.
Rollout collect_rollout(GrpoRun& run, Pairs& pairs);

}  // namespace juror
