#include "grpo/loss.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"

namespace juror {
namespace {

constexpr double kStdEpsilon = 1e-4;
constexpr double kLargestLogRatio = 20.0;  // of the KL estimate; exp(20) is 5e8

/// log π/π_old by token [N, T], or its mean over the sequence [N, 1].
Tensor log_ratio(const TokenBatch& batch, const GrpoLossOptions& options) {
  const Tensor old = batch.old_logps.defined() ? batch.old_logps : batch.logps.detach();
  const Tensor by_token = (batch.logps - old) * batch.mask;
  if (options.importance_sampling_level == "token") return by_token;
  return by_token.sum(1, /*keepdim=*/true) / batch.mask.sum(1, /*keepdim=*/true).clamp_min(1);
}

/// −(4/τ)·σ(τ(r − 1))·A: a soft gate around r = 1 instead of a clip.
Tensor sapo_surrogate(const Tensor& ratio, const Tensor& advantages,
                      const GrpoLossOptions& options) {
  const auto gate = [&](double tau) { return (tau * (ratio - 1)).sigmoid() * (4 / tau); };
  return -at::where(advantages > 0, gate(options.sapo_temperature_pos),
                    gate(options.sapo_temperature_neg)) *
         advantages;
}

Tensor clipped_surrogate(const Tensor& ratio, const Tensor& advantages,
                         const GrpoLossOptions& options) {
  const Tensor bounded = options.delta > 0 ? ratio.clamp_max(options.delta) : ratio;
  const Tensor clipped = ratio.clamp(1 - options.epsilon, 1 + options.epsilon_high);
  const Tensor loss = -at::minimum(bounded * advantages, clipped * advantages);
  if (options.clip_ratio_c <= 0) return loss;
  return at::where(advantages < 0, at::minimum(loss, -options.clip_ratio_c * advantages), loss);
}

Tensor surrogate(const TokenBatch& batch, const Tensor& ratio, const GrpoLossOptions& options) {
  if (options.loss_type == "cispo") {
    return -ratio.detach().clamp_max(options.epsilon_high) * batch.advantages * batch.logps;
  }
  if (options.loss_type == "sapo") return sapo_surrogate(ratio, batch.advantages, options);
  return clipped_surrogate(ratio, batch.advantages, options);
}

/// The k3 estimate exp(d) − d − 1 with d = log π_ref/π. Source: Schulman, "Approximating KL
/// divergence".
Tensor kl_estimate(const Tensor& logps, const Tensor& ref_logps) {
  const Tensor d = (ref_logps - logps).clamp(-kLargestLogRatio, kLargestLogRatio);
  return d.exp() - d - 1;
}

/// 1 for the tokens whose entropy is among the highest `share` of all that count.
Tensor high_entropy(const Tensor& entropies, const Tensor& mask, double share) {
  const Tensor counted = entropies.masked_select(mask > 0).to(at::kFloat);
  if (counted.numel() == 0) return at::zeros_like(mask);
  return (entropies >= at::quantile(counted, 1 - share)).to(mask.scalar_type()) * mask;
}

/// Tokens of the micro-batch that count, at least 1. counted: [N, T].
Tensor token_count(const Tensor& counted, const LossReduction& reduction) {
  return reduction.rows > 0 ? at::scalar_tensor(std::max<std::int64_t>(1, reduction.tokens))
                            : counted.sum().clamp_min(1);
}

double masked_sum(const Tensor& values, const Tensor& mask) {
  return (values.detach() * mask).sum().item<double>();
}

void count_clips(const Tensor& ratio, const TokenBatch& batch, const GrpoLossOptions& options,
                 GrpoStats& stats) {
  const bool is_cispo = options.loss_type == "cispo";
  const Tensor mask = ratio.size(1) == 1 ? at::ones_like(ratio) : batch.mask;  // of the ratios
  const Tensor advantages =
      ratio.size(1) == 1 ? batch.advantages.select(1, 0).unsqueeze(1) : batch.advantages;
  const Tensor low = (ratio < 1 - options.epsilon).logical_and(advantages < 0) * mask;
  const Tensor high = (ratio > (is_cispo ? options.epsilon_high : 1 + options.epsilon_high))
                          .logical_and(advantages > 0) *
                      mask;
  const Tensor counted = mask.sum(1), some = counted > 0;
  stats.ratios = counted.sum().item<double>();
  stats.clipped_low = low.sum().item<double>();
  stats.clipped_high = high.sum().item<double>();
  if (!some.any().item<bool>()) return;
  stats.least_low = (low.sum(1) / counted).masked_select(some).min().item<double>();
  stats.most_high = (high.sum(1) / counted).masked_select(some).max().item<double>();
}

}  // namespace

Advantages group_advantages(const Tensor& rewards, std::int64_t generations,
                            const std::string& scale_rewards) {
  require(generations >= 2,
          "A group has {} completion(s); advantages compare completions of one prompt, so "
          "num_generations must be at least 2.",
          generations);
  require(rewards.size(0) % generations == 0, "{} rewards are no whole number of groups of {}.",
          rewards.size(0), generations);
  require(at::isfinite(rewards).all().item<bool>(), "A reward is not a finite number.");
  const Tensor groups = rewards.to(at::kFloat).reshape({-1, generations});  // [B, G]
  const Tensor spread = groups.amax(1) - groups.amin(1);
  const Tensor std = at::where(spread == 0, at::zeros_like(spread), groups.std(1));  // [B]
  Tensor centred = groups - groups.mean(1, /*keepdim=*/true);
  centred = at::where((spread == 0).unsqueeze(1), at::zeros_like(centred),
                      centred);  // rounding of the mean is no signal
  Tensor divisor = at::ones_like(groups);
  if (scale_rewards == "group") divisor = (std + kStdEpsilon).unsqueeze(1).expand_as(groups);
  if (scale_rewards == "batch") divisor = (groups.std() + kStdEpsilon).expand_as(groups);
  return {.values = (centred / divisor).flatten(), .divisor = divisor.flatten(), .std = std};
}

Tensor token_weights(const Tensor& mask, const std::string& loss_type,
                     const LossReduction& reduction) {
  const auto share = 1.0 / static_cast<double>(reduction.micro_batches);
  const auto rows = static_cast<double>(reduction.rows > 0 ? reduction.rows : mask.size(0));
  if (loss_type == "dapo" || loss_type == "cispo") {
    return mask / static_cast<double>(std::max<std::int64_t>(1, reduction.batch_tokens));
  }
  if (loss_type == "bnpo") return mask * share / token_count(mask, reduction);
  if (loss_type == "dr_grpo")
    return mask * share / (rows * static_cast<double>(reduction.max_completion_length));
  return mask * share /
         (rows *
          mask.sum(1, /*keepdim=*/true).clamp_min(1));  // grpo, sapo: mean of the sequences' means
}

GrpoStats& GrpoStats::operator+=(const GrpoStats& more) {
  tokens += more.tokens;
  entropy += more.entropy;
  kl += more.kl;
  policy_loss += more.policy_loss;
  ratios += more.ratios;
  clipped_low += more.clipped_low;
  clipped_high += more.clipped_high;
  least_low = std::min(least_low, more.least_low);
  most_high = std::max(most_high, more.most_high);
  return *this;
}

GrpoLoss grpo_loss(const TokenBatch& batch, const GrpoLossOptions& options,
                   const LossReduction& reduction) {
  require(options.beta == 0 || batch.ref_logps.defined(),
          "beta is {}, and there are no log-probs of a reference.", options.beta);
  const Tensor weights = token_weights(batch.mask, options.loss_type, reduction);
  const Tensor ratio = log_ratio(batch, options).exp();  // [N, T] or [N, 1]
  const Tensor counted =
      options.compares_all_tokens()
          ? high_entropy(batch.entropies.detach(), batch.mask, options.top_entropy_quantile)
          : batch.mask;
  Tensor by_token = surrogate(batch, ratio, options) * counted;
  GrpoLoss result{.loss = {}, .token_weights = weights * counted, .stats = {}};
  result.stats.tokens = batch.mask.sum().item<double>();
  result.stats.entropy = masked_sum(batch.entropies, batch.mask);
  count_clips(ratio.detach(), batch, options, result.stats);
  if (options.beta > 0) {
    Tensor kl = kl_estimate(batch.logps, batch.ref_logps) * batch.mask;
    if (options.use_bias_correction_kl)
      kl = kl * ratio;  // its gradient is that of the KL of the policy, not of the sampler
    result.stats.kl = masked_sum(kl, batch.mask);
    by_token = by_token + options.beta * kl;
  }
  result.stats.policy_loss = (by_token.detach() * weights).sum().item<double>();
  result.loss = (by_token * weights).sum();
  if (options.entropy_coef != 0) {
    // a mean over the tokens that count: the bonus means the same for every loss_type
    const Tensor mean = (batch.entropies * counted).sum() / token_count(counted, reduction);
    result.loss =
        result.loss - options.entropy_coef * mean / static_cast<double>(reduction.micro_batches);
  }
  return result;
}

}  // namespace juror
