// One micro-batch of groups: policy pass, loss, gradients. What the trainer does G·B rows at a time
// and what `juror inspect grpo` lays open.
#pragma once

#include <span>
#include <vector>

#include "grpo/loss.h"
#include "grpo/policy_pass.h"

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

/// The deciding tokens of the samples that were read, in their order.
struct Decisions {
  Tensor slopes;             // [M]
  Tensor choice_advantages;  // [M]
  Tensor signs;              // [M]: +1 where answer 1 was drawn, -1 for answer 2, 0 for other words
  Tensor weights;            // [M]: of the tokens in the loss
};

/// − Σ weight · (slope · p − choice_advantage · log q), q being the chance of the drawn answer
/// among the two at the sampling temperature: what makes the gradient of a reward that is a
/// function of p exact. The first part is the path through p; the second removes from the deciding
/// token's policy gradient the draw between the answers, whose mean is zero, and leaves it the
/// chance that either is written. log_odds: [M], of p. Returns a scalar.
Tensor answer_path_loss(const Tensor& log_odds, const Decisions& decisions, double temperature);

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

}  // namespace juror
