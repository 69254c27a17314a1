#include "grpo/step.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "grpo/answer_path.h"
#include "tensor/device.h"

namespace juror {
namespace {

double largest_difference(const Tensor& logps, std::span<const Group> groups) {
  const float* now = logps.const_data_ptr<float>();
  double largest = 0;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      for (const float then : sample.old_logps)
        largest = std::max(largest, std::abs(static_cast<double>(*now++) - then));
      now += sample.token_ids.size() - sample.old_logps.size();
    }
  }
  return largest;
}

/// The sizes of the slices that the groups pass in.
std::vector<std::size_t> slice_sizes(std::span<const Group> groups,
                                     const MicroBatchOptions& options) {
  if (options.loss.compares_all_tokens()) return {groups.size()};
  std::vector<std::size_t> sizes;
  std::int64_t tokens = 0;
  for (const Group& group : groups) {
    const std::int64_t own = active_tokens(std::span(&group, 1), /*mask_truncated=*/false);
    tokens += own;
    if (sizes.empty() || tokens > options.slice_tokens) {
      sizes.push_back(0);
      tokens = own;
    }
    ++sizes.back();
  }
  return sizes;
}

/// Forward and backward pass of groups that pass together.
MicroBatchResult slice_gradients(const Model& model, std::span<const Group> groups,
                                 const MicroBatchOptions& options, const LossReduction& reduction,
                                 const PrefilledPrompts& prompts) {
  PolicyPass pass(model, groups, options.pass, prompts);
  const Rectangle rectangle = make_rectangle(groups);
  TokenBatch batch = constant_part(groups, rectangle, options.use_old_logps,
                                   options.loss.mask_truncated_completions);
  batch.logps = rectangle.spread(pass.logps);
  batch.entropies = rectangle.spread(pass.entropies);
  const GrpoLoss grpo = grpo_loss(batch, options.loss, reduction);
  Tensor loss = grpo.loss;
  if (pass.decision_log_odds.defined()) {
    const Decisions decisions = decisions_of(groups, grpo.token_weights, options.pass.choice_ids);
    loss = loss + answer_path_loss(pass.decision_log_odds, decisions, options.pass.temperature);
  }
  loss.backward();
  pass.backward();
  return {.loss = loss.item<double>(),
          .stats = grpo.stats,
          .logps = pass.logps.detach(),
          .entropies = pass.entropies.detach(),
          .largest_logp_difference = largest_difference(pass.logps.detach(), groups),
          .tokens_computed = pass.tokens_computed(),
          .images_encoded = pass.images_encoded()};
}

/// `prompts` of all groups; none in the naive pass.
MicroBatchResult gradients_in_slices(const Model& model, std::span<const Group> groups,
                                     const MicroBatchOptions& options, LossReduction reduction,
                                     const PrefilledPrompts* prompts) {
  const std::vector<std::size_t> sizes = slice_sizes(groups, options);
  if (sizes.size() > 1) {
    reduction.tokens = active_tokens(groups, options.loss.mask_truncated_completions);
    for (const Group& group : groups)
      reduction.rows += static_cast<std::int64_t>(group.samples.size());
  }
  MicroBatchResult result;
  std::size_t begin = 0;
  for (const std::size_t size : sizes) {
    result.append(slice_gradients(model, groups.subspan(begin, size), options, reduction,
                                  prompts ? prompts->part(begin, size) : PrefilledPrompts{}));
    begin += size;
  }
  return result;
}

}  // namespace

void MicroBatchResult::append(const MicroBatchResult& next) {
  const auto joined = [](const Tensor& a, const Tensor& b) {
    return a.defined() ? at::cat({a, b}) : b;
  };
  loss += next.loss;
  stats += next.stats;
  logps = joined(logps, next.logps);
  entropies = joined(entropies, next.entropies);
  largest_logp_difference = std::max(largest_logp_difference, next.largest_logp_difference);
  tokens_computed += next.tokens_computed;
  images_encoded += next.images_encoded;
}

MicroBatchResult accumulate_gradients(const Model& model, std::span<const Group> groups,
                                      const MicroBatchOptions& options,
                                      const LossReduction& reduction,
                                      const PrefilledPrompts* leaves, FeatureCache* frozen_tower) {
  if (leaves || !options.pass.shared_prefix)
    return gradients_in_slices(model, groups, options, reduction, leaves);
  DetachedPrompts prompts(prefill_groups(model, groups, frozen_tower, options.pass.bf16));
  MicroBatchResult result =
      gradients_in_slices(model, groups, options, reduction, &prompts.leaves());
  prompts.backward();
  result.tokens_computed += prompts.leaves().tokens();
  result.images_encoded += prompts.leaves().images_encoded;
  return result;
}

std::int64_t active_tokens(std::span<const Group> groups, bool mask_truncated) {
  std::int64_t tokens = 0;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      if (!mask_truncated || !sample.truncated)
        tokens += static_cast<std::int64_t>(sample.token_ids.size());
    }
  }
  return tokens;
}

Update update_policy(const Model& model, AdamW& optimizer, std::span<const Group> groups,
                     std::optional<PrefilledPrompts> prompts, const UpdateOptions& options,
                     FeatureCache* frozen_tower) {
  PartClock clock;
  Update result;
  std::optional<DetachedPrompts> kept;
  if (prompts) kept.emplace(std::move(*prompts));
  for (std::size_t begin = 0; begin < groups.size(); begin += options.groups_per_pass) {
    const auto part =
        groups.subspan(begin, std::min(options.groups_per_pass, groups.size() - begin));
    const PrefilledPrompts leaves =
        kept ? kept->leaves().part(begin, part.size()) : PrefilledPrompts{};
    const MicroBatchResult one = accumulate_gradients(model, part, options.batch, options.reduction,
                                                      kept ? &leaves : nullptr, frozen_tower);
    result.loss += one.loss;
    result.stats += one.stats;
    result.tokens_computed += one.tokens_computed;
    result.images_encoded += one.images_encoded;
    result.largest_logp_difference =
        std::max(result.largest_logp_difference, one.largest_logp_difference);
  }
  if (kept) kept->backward();
  kept.reset();
  result.grad_norm = optimizer.clip_gradients();  // waits for the backward pass
  result.loss_time = clock.lap();
  result.skipped = !std::isfinite(result.loss) || !std::isfinite(result.grad_norm);
  if (!result.skipped) optimizer.step(options.learning_rate_factor);
  optimizer.zero_grad();  // now, so that the next rollout has their memory
  wait_for(model.device());
  result.optimizer_time = clock.lap();
  return result;
}

}  // namespace juror
