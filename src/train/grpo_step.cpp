#include "train/grpo_step.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace juror {
namespace {

double largest_difference(const Tensor& logps, const std::vector<Group>& groups) {
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

/// Slopes of the samples that have a decision, and the weights of their deciding tokens. weights:
/// [N, T].
Tensor path_term(const std::vector<Group>& groups, const Tensor& decision_ps,
                 const Tensor& weights) {
  std::vector<float> slopes;
  std::vector<std::int64_t> places;
  std::int64_t row = 0;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      if (sample.decision >= 0) {
        slopes.push_back(static_cast<float>(sample.slope));
        places.push_back(row * weights.size(1) + sample.decision);
      }
      ++row;
    }
  }
  return answer_path_loss(decision_ps, at::tensor(slopes),
                          weights.flatten().index_select(0, at::tensor(places, at::kLong)));
}

}  // namespace

Tensor answer_path_loss(const Tensor& ps, const Tensor& slopes, const Tensor& weights) {
  return -(slopes * ps * weights).sum();
}

MicroBatchResult accumulate_gradients(const Qwen25Vl& model, const std::vector<Group>& groups,
                                      const MicroBatchOptions& options,
                                      const LossReduction& reduction, const ReadPrompts* prompts,
                                      FeatureCache* frozen_tower) {
  PolicyPass pass(model, groups, options.pass, prompts, frozen_tower);
  const Rectangle rectangle = make_rectangle(groups);
  TokenBatch batch = constant_part(groups, rectangle, options.use_old_logps,
                                   options.loss.mask_truncated_completions);
  batch.logps = rectangle.spread(pass.logps);
  batch.entropies = rectangle.spread(pass.entropies);
  const GrpoLoss grpo = grpo_loss(batch, options.loss, reduction);
  Tensor loss = grpo.loss;
  if (pass.decision_ps.defined()) {
    loss = loss + path_term(groups, pass.decision_ps,
                            token_weights(batch.mask, options.loss.loss_type, reduction));
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

std::int64_t active_tokens(const std::vector<Group>& groups, bool mask_truncated) {
  std::int64_t tokens = 0;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      if (!mask_truncated || !sample.truncated)
        tokens += static_cast<std::int64_t>(sample.token_ids.size());
    }
  }
  return tokens;
}

}  // namespace juror
