// One GRPO step on given prompts, timed by parts: what `juror bench train` measures. The update is
// the trainer's own (grpo/step.h), on completions that the engine samples. The work is that of a
// training step and of bench/peers/trl_train.py: every completion has the same length and the
// rewards are drawn, which costs nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "grpo/policy_pass.h"
#include "grpo/prefilled_prompts.h"
#include "grpo/step_flops.h"
#include "train/adamw.h"
#include "train/part_clock.h"

namespace juror {

struct StepBenchOptions {
  std::int64_t generations = 8;  ///< G
  std::int64_t tokens = 64;      ///< R, of every completion
  bool shared_prefix = true;
  bool keep_prompts = true;  ///< the rollout's images and prompts serve the update too
};

struct StepTime {
  PartTime rollout, loss, optimizer;  ///< the loss with its backward pass
  std::int64_t images_encoded = 0;    ///< passes of an image through the tower
  std::int64_t tokens_computed = 0;   ///< rows through the decoder, decoding apart
  NeededFlops flops;                  ///< what the step had to compute
  double cpu_s() const { return rollout.cpu_s + loss.cpu_s + optimizer.cpu_s; }
  double wall_s() const { return rollout.wall_s + loss.wall_s + optimizer.wall_s; }
};

/// Takes one step: samples, differentiates, moves the parameters of `optimizer`. `trains_tower`:
/// whether they include the vision tower's. With adapters the rollout runs on merged weights. Every
/// call needs images with new keys.
StepTime time_grpo_step(Model& model, AdamW& optimizer, bool trains_tower,
                        const std::vector<ModelInput>& prompts, const StepBenchOptions& options);

}  // namespace juror
