// The second half of a GRPO step: from sampled and scored groups to changed weights. Micro-batches
// of groups pass one after another (policy pass, loss, gradients: what `juror inspect grpo` lays
// open), then the optimizer steps. What the trainer does with a run's groups and `juror bench
// train` with drawn ones.
#pragma once

#include <optional>
#include <span>

#include "grpo/loss.h"
#include "grpo/policy_pass.h"
#include "grpo/prefilled_prompts.h"
#include "train/adamw.h"
#include "train/part_clock.h"

namespace juror {

struct MicroBatchOptions {
  PassOptions pass;
  GrpoLossOptions loss;
  /// Ratios against the samples' recorded log-probs; else every ratio is 1.
  bool use_old_logps = false;
  /// Whole groups of together no more completion tokens than this pass together (a larger group by
  /// itself); what they kept for their gradients is free for the next.
  std::int64_t slice_tokens = 512;
};

struct MicroBatchResult {
  double loss = 0;  ///< with the path term
  GrpoStats stats;
  Tensor logps, entropies;             ///< [Σ R], without gradients
  double largest_logp_difference = 0;  ///< between this pass and the samples' recorded log-probs
  /// Rows that went through the decoder, prompts included unless they were prefilled before.
  std::int64_t tokens_computed = 0;
  std::int64_t images_encoded = 0;  ///< images that passed the tower in this pass

  /// Puts the results of the next groups behind these.
  void append(const MicroBatchResult& next);
};

/// Computes the loss of the groups and adds its gradients to those of the parameters. The results
/// of a step's micro-batches add up under one `reduction`. `leaves`: of detached prompts,
/// where the gradients of prompts gather for the caller to carry on; null: prompts are prefilled
/// here, with the features of `frozen_tower` if the tower is not trained (else null). The naive
/// pass uses neither.
MicroBatchResult accumulate_gradients(const Model& model, std::span<const Group> groups,
                                      const MicroBatchOptions& options,
                                      const LossReduction& reduction,
                                      const PrefilledPrompts* leaves, FeatureCache* frozen_tower);

/// Tokens of the completions that count.
std::int64_t active_tokens(std::span<const Group> groups, bool mask_truncated);

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
