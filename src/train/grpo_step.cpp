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

/// Of the samples that have a decision. weights: [N, T]; choice_ids: the tokens of answer 1 and 2.
Decisions decisions_of(const std::vector<Group>& groups, const Tensor& weights,
                       const std::vector<std::int64_t>& choice_ids) {
  std::vector<float> slopes, choice_advantages, signs;
  std::vector<std::int64_t> places;
  std::int64_t row = 0;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      if (sample.decision >= 0) {
        const std::int64_t drawn = sample.token_ids[static_cast<std::size_t>(sample.decision)];
        slopes.push_back(static_cast<float>(sample.slope));
        choice_advantages.push_back(static_cast<float>(sample.choice_advantage));
        signs.push_back(drawn == choice_ids[0] ? 1.0F : (drawn == choice_ids[1] ? -1.0F : 0.0F));
        places.push_back(row * weights.size(1) + sample.decision);
      }
      ++row;
    }
  }
  return {.slopes = at::tensor(slopes),
          .choice_advantages = at::tensor(choice_advantages),
          .signs = at::tensor(signs),
          .weights = weights.flatten().index_select(0, at::tensor(places, at::kLong))};
}

}  // namespace

Tensor answer_path_loss(const Tensor& log_odds, const Decisions& decisions, double temperature) {
  const Tensor path = decisions.slopes * log_odds.sigmoid();
  const Tensor log_q = at::log_sigmoid(decisions.signs * log_odds / temperature);
  return -(decisions.weights * (path - decisions.choice_advantages * log_q)).sum();
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
