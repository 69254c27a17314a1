#include "grpo/update.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/device.h"

namespace juror {

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
