// A group: what the model was shown, and the completions it sampled for it. The unit of data from
// sampler to optimizer, never taken apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "grpo/loss.h"
#include "model/input.h"
#include "tensor/tensor.h"

namespace juror {

/// One completion with all that the loss asks of it.
struct Sample {
  std::size_t prompt = 0;               ///< index into Group::prompts
  std::vector<std::int64_t> token_ids;  // [R], with the stop id
  std::vector<float> old_logps;  // [R], of the policy that sampled, at the sampling temperature
  std::vector<float> ref_logps;  // [R] of the reference; empty unless asked for
  double advantage = 0;
  bool truncated = false;         ///< cut at the limit, without a stop id
  std::int64_t decision = -1;     ///< index of the token that decides; -1: it was not read
  double decision_advantage = 0;  ///< advantage of that token alone
  double choice_advantage = 0;  ///< its part that comes through p, which answer 1 and answer 2 earn
                                ///< alike: taken off the draw between the two
  double slope = 0;             ///< d advantage / d p(first shown)

  /// Leaves the deciding token what comes through the words alone: slopes are of the p that was
  /// sampled, and later steps on the same completions have another.
  void forget_path();
};

struct Group {
  std::vector<ModelInput> prompts;  ///< one, or the two orders of a pair
  std::vector<Sample> samples;
};

/// The completions of some groups as rectangles: N rows of at most T tokens, groups one after
/// another.
struct Rectangle {
  std::int64_t rows = 0, longest = 0;
  Tensor places;  // [Σ R]: of each completion token, packed one completion after another, among the
                  // N·T places

  /// values: [Σ R]. Returns [N, T] with zeros behind the ends. Differentiable.
  Tensor spread(const Tensor& values) const;
};
Rectangle make_rectangle(std::span<const Group> groups);

/// The part of a TokenBatch that does not depend on the policy: log-probs of old and reference
/// policies (undefined where `use_old` is false or a sample has none), advantages and mask.
/// Truncated completions do not count if `mask_truncated`.
TokenBatch constant_part(std::span<const Group> groups, const Rectangle& rectangle, bool use_old,
                         bool mask_truncated);

}  // namespace juror
