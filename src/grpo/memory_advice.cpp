#include "grpo/memory_advice.h"

#include <fmt/format.h>

namespace juror {

std::string rollout_advice(const GrpoConfig& c) {
  return fmt::format(
      "Less is held by fewer rollout_batch_rows ({} now), a smaller max_completion_length ({}), "
      "keep_prompts = false, or smaller pictures (max_pixels in preprocessor_config.json).",
      c.rollout_batch_rows, c.max_completion_length);
}

std::string loss_advice(const GrpoConfig& c) {
  return fmt::format(
      "Less is held by a smaller per_device_train_batch_size ({} now; more "
      "gradient_accumulation_steps keep the step as it is), keep_prompts = false, "
      "gradient_checkpointing = true, use_peft = true, or smaller pictures (max_pixels in "
      "preprocessor_config.json).",
      c.per_device_train_batch_size);
}

}  // namespace juror
