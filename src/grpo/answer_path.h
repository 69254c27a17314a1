// What makes the gradient of a reward that is a function of p exact: the path through the
// decision's logits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grpo/group.h"

namespace juror {

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

/// Of the samples that have a decision. weights: [N, T]; choice_ids: the tokens of answer 1 and 2.
Decisions decisions_of(std::span<const Group> groups, const Tensor& weights,
                       const std::vector<std::int64_t>& choice_ids);

}  // namespace juror
