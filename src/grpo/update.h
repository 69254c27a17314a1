// The second half of a GRPO step: from sampled and scored groups to changed weights. What the
// trainer does with a run's groups and `juror bench train` with drawn ones.
#pragma once

#include <optional>
#include <span>

#include "grpo/prefilled_prompts.h"
#include "grpo/step.h"
#include "train/adamw.h"
#include "train/part_clock.h"

namespace juror {

struct UpdateOptions {
  MicroBatchOptions batch;
  LossReduction reduction;
  std::size_t groups_per_pass = 1;
  double learning_rate_factor = 1;
};

struct Update {
  double loss = 0, grad_norm = 0;
  bool skipped = false;  ///< loss or gradient was not finite: nothing changed
  GrpoStats stats;
  double largest_logp_difference = 0;  ///< between loss passes and the samples' recorded log-probs
  std::int64_t tokens_computed = 0, images_encoded = 0;
  PartTime loss_time, optimizer_time;  ///< the loss with its backward pass
};

/// Differentiates the loss of all groups, pass by pass, and steps the optimizer; its gradients are
/// cleared. `prompts` are those of the groups, prefilled with gradients; without them each pass
/// prefills its own, with the features of `frozen_tower` if the tower is not trained (else null).
Update update_policy(const Model& model, AdamW& optimizer, std::span<const Group> groups,
                     std::optional<PrefilledPrompts> prompts, const UpdateOptions& options,
                     FeatureCache* frozen_tower);

}  // namespace juror
