#include "grpo/answer_path.h"

#include <ATen/ATen.h>

namespace juror {

Decisions decisions_of(std::span<const Group> groups, const Tensor& weights,
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

Tensor answer_path_loss(const Tensor& log_odds, const Decisions& decisions, double temperature) {
  const Tensor path = decisions.slopes * log_odds.sigmoid();
  const Tensor log_q = at::log_sigmoid(decisions.signs * log_odds / temperature);
  return -(decisions.weights * (path - decisions.choice_advantages * log_q)).sum();
}

}  // namespace juror
