// The mathematics of group relative policy optimization: advantages and losses. Pure functions of
// small tensors; knows no model. Names and meanings are those of TRL's GRPOTrainer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "tensor/tensor.h"

namespace juror {

struct GrpoLossOptions {
  std::string loss_type = "dapo";
  std::string importance_sampling_level = "token";
  std::string scale_rewards = "group";
  double beta = 0.0;
  bool use_bias_correction_kl = true;
  double epsilon = 0.2;
  double epsilon_high = 0.28;
  double delta = 0.0;
  double clip_ratio_c = 0.0;
  double sapo_temperature_pos = 1.0;
  double sapo_temperature_neg = 1.05;
  double top_entropy_quantile = 1.0;
  double entropy_coef = 0.0;
  bool mask_truncated_completions = false;

  /// Which tokens count depends on all of a micro-batch: it cannot be taken some rows at a time.
  bool compares_all_tokens() const { return top_entropy_quantile < 1; }

  template <class Field>
  void fields(Field&& field) {
    field("loss_type", loss_type, "Which tokens count how much, and how far a step may go",
          OneOf{{"grpo", "bnpo", "dr_grpo", "dapo", "cispo", "sapo"}});
    field("importance_sampling_level", importance_sampling_level,
          "Ratios by token (GRPO) or by sequence (GSPO)", OneOf{{"token", "sequence"}});
    field("scale_rewards", scale_rewards,
          "Advantages are divided by the standard deviation of the group, of the batch, or not",
          OneOf{{"group", "batch", "none"}});
    field("beta", beta, "Weight of the KL divergence from the reference", Range{0, 1e3});
    field("use_bias_correction_kl", use_bias_correction_kl,
          "The KL estimate of a token counts by its importance ratio");
    field("epsilon", epsilon, "Ratios below 1 - epsilon are clipped", Range{0, 1e3});
    field("epsilon_high", epsilon_high,
          "Ratios above 1 + epsilon_high are clipped (cispo: above epsilon_high)", Range{0, 1e3});
    field("delta", delta, "Upper bound of the unclipped ratio (two-sided clipping); 0: none",
          Range{0, 1e6});
    field("clip_ratio_c", clip_ratio_c,
          "Dual clip: a negative advantage counts at most this many times; 0: none", Range{0, 1e6});
    field("sapo_temperature_pos", sapo_temperature_pos, "Steepness of sapo's gate, advantage > 0",
          Range{1e-3, 1e3});
    field("sapo_temperature_neg", sapo_temperature_neg, "Steepness of sapo's gate, advantage <= 0",
          Range{1e-3, 1e3});
    field("top_entropy_quantile", top_entropy_quantile,
          "Share of tokens, those of highest entropy, that count", Range{0.0, 1.0});
    field("entropy_coef", entropy_coef, "Weight of the entropy bonus", Range{-1e3, 1e3});
    field("mask_truncated_completions", mask_truncated_completions,
          "Completions that were cut at the limit do not count");
  }
};

/// Advantages of N = B·G rewards, rows of a group side by side, in fp32, and the divisor that each
/// was scaled by.
struct Advantages {
  Tensor values;   // [N]
  Tensor divisor;  // [N]: std + 1e-4, or 1
  Tensor std;      // [B]: unbiased, of each group
};

/// (R − mean of the group) / (std + 1e-4) with the unbiased std of the group (`group`), of all rows
/// (`batch`), or undivided
/// (`none`). rewards: [N]. A group without spread gets exactly 0. Throws Error unless G ≥ 2 divides
/// N and all are finite.
Advantages group_advantages(const Tensor& rewards, std::int64_t generations,
                            const std::string& scale_rewards);

/// How the losses of micro-batches add up to one step.
struct LossReduction {
  std::int64_t batch_tokens = 0;  ///< active tokens of the whole accumulated batch (dapo, cispo)
  /// gradient_accumulation_steps (all others, and the entropy bonus of all).
  std::int64_t micro_batches = 1;
  std::int64_t max_completion_length = 0;  ///< dr_grpo
  // Of the whole micro-batch, where a TokenBatch is some of its rows.
  std::int64_t rows = 0;    ///< 0: the TokenBatch is whole
  std::int64_t tokens = 0;  ///< active ones
};

/// The weight of each token in the loss: the loss is Σ weight · token loss. mask: [N, T], 1 where a
/// token counts.
Tensor token_weights(const Tensor& mask, const std::string& loss_type,
                     const LossReduction& reduction);

/// What the policy says of each completion token. All [N, T] in fp32; what stands where `mask` is 0
/// is ignored.
struct TokenBatch {
  Tensor logps;      ///< of the policy, at the sampling temperature; requires grad
  Tensor old_logps;  ///< of the policy that sampled; undefined: `logps` itself, so that every ratio
                     ///< is 1
  Tensor ref_logps;  ///< of the reference; undefined unless beta > 0
  Tensor entropies;  ///< of the policy's distributions
  Tensor advantages;  ///< [N, T] or [N, 1]
  Tensor mask;        ///< [N, T]
};

/// Sums, to be divided by counts when micro-batches are put together.
struct GrpoStats {
  double tokens = 0, entropy = 0, kl = 0;
  double policy_loss = 0;  ///< the loss without the entropy bonus
  double ratios = 0;       ///< how many ratios there are: tokens, or sequences
  double clipped_low = 0,
         clipped_high = 0;  ///< ratios beyond the clip on the side where they would gain
  double least_low = 1, most_high = 0;  ///< smallest and largest share of such ratios in a sequence

  GrpoStats& operator+=(const GrpoStats& more);
};

struct GrpoLoss {
  Tensor loss;  ///< scalar; the losses of a step's micro-batches add up
  Tensor
      token_weights;  // [N, T]: what each token's policy term counts; 0 below the entropy quantile
  GrpoStats stats;
};

/// Surrogate, KL and entropy bonus (a mean over the tokens that count, whatever the loss_type).
/// Losses and stats of a micro-batch taken some rows at a time add up to those of the whole, but
/// not with top_entropy_quantile below 1, which compares all of its tokens.
/// Throws Error if beta > 0 without ref_logps. Source: DeepSeekMath (arXiv 2402.03300); aggregation
/// of dapo (2503.14476), dr_grpo (2503.20783), gspo (2507.18071), cispo (2506.13585), sapo
/// (2511.20347); all as TRL computes them.
GrpoLoss grpo_loss(const TokenBatch& batch, const GrpoLossOptions& options,
                   const LossReduction& reduction);

}  // namespace juror
