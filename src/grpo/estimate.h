// What a GRPO run will take: memory, tokens, floating-point operations. From sizes alone: no
// weights, no machine, no data.
#pragma once

#include <algorithm>
#include <cstdint>

#include "grpo/config.h"
#include "model/config.h"

namespace juror {

/// What stands in a prompt. The default is two images of 512 x 512 and the default template around
/// a short prompt.
struct PromptShape {
  std::int64_t images = 2;                           ///< pictures: the views of both candidates
  std::int64_t patch_rows = 36, patch_columns = 36;  ///< of each
  std::int64_t text_tokens = 180;                    ///< all tokens but the images'

  std::int64_t patches() const { return patch_rows * patch_columns; }  ///< of one image
};

/// Parameters of a model and those that a run trains.
struct ParameterCount {
  std::int64_t total = 0;
  std::int64_t trained = 0;          ///< weights, or adapters alone
  std::int64_t adapted = 0;          ///< in weights that have an adapter beside them
  std::int64_t decoder_linears = 0;  ///< in weights that `dtype` may keep in few bits
  bool trains_tower = false;
};

/// Counts by walking over the layers of the config. Throws Error where the config's adapters fit no
/// layer.
ParameterCount count_parameters(const ModelConfig& model, const GrpoConfig& config);

/// Tokens of the prompt as the language model sees them.
std::int64_t prompt_tokens(const ModelConfig& model, const PromptShape& prompt);

/// Floating-point operations of a forward pass; a multiply-add is two. Norms, activations and
/// rotations are not counted.
struct Flops {
  double linear = 0, attention = 0;
  double total() const { return linear + attention; }
};

/// One image through tower and merger.
Flops vision_flops(const VisionConfig& config, const PromptShape& prompt);
/// `prompt` tokens through the decoder, each attending to those before it and itself.
Flops prompt_flops(const TextConfig& config, std::int64_t prompt);
/// `completion` tokens through the decoder, each attending to a prompt and to its own row up to
/// itself.
Flops completion_flops(const TextConfig& config, std::int64_t prompt, std::int64_t completion);
/// Logits of `rows` tokens.
Flops head_flops(const TextConfig& config, std::int64_t rows);

/// Of a pass with that forward pass. Products with weights take one product for the input and,
/// where they are trained, one for the weight; attention takes twice its forward.
double backward_flops(const Flops& forward, bool trains_weights);

/// Floating-point operations of one optimizer step, on average over the steps that share
/// completions (num_iterations).
struct StepFlops {
  double vision = 0;  ///< forward
  double vision_backward = 0;
  double prompts = 0;      ///< prefill, and reading again where the update cannot use the rollout's
  double decode = 0;       ///< completions, token by token
  double frozen = 0;       ///< reference and listener
  double completions = 0;  ///< forward in the update, logits included
  double text_backward = 0;
  double total() const {
    return vision + vision_backward + prompts + decode + frozen + completions + text_backward;
  }
};

/// Bytes, in the dtype that the run trains in where the device multiplies bf16. Activations are
/// those that the passes keep for their gradients.
struct MemoryUse {
  std::int64_t weights = 0, gradients = 0, optimizer = 0, reference = 0, listener = 0;  // stay
  std::int64_t merged = 0;    ///< rollout: the adapted weights with their adapters in them
  std::int64_t kv_cache = 0;  ///< rollout: of the prompts, and of the completions decoded together
  /// Of one loss pass, or of the step if it keeps prompts; of images 0 where the tower is frozen.
  std::int64_t vision_activations = 0, prompt_activations = 0;
  std::int64_t completion_activations = 0;  ///< of the groups that are differentiated together
  std::int64_t logits = 0;                  ///< of one chunk of rows
  bool keeps_prompts = false;  ///< whether the update uses the prompts as the rollout read them

  std::int64_t steady() const { return weights + gradients + optimizer + reference + listener; }
  std::int64_t rollout() const {
    return merged + kv_cache + (keeps_prompts ? vision_activations + prompt_activations : 0);
  }
  std::int64_t update() const {
    return vision_activations + prompt_activations + completion_activations + logits;
  }
  std::int64_t peak() const { return steady() + std::max(rollout(), update()); }
};

/// What a step holds, part by part.
MemoryUse estimate_memory(const ModelConfig& model, const GrpoConfig& config,
                          const PromptShape& prompt, const ParameterCount& parameters);

/// One optimizer step of a run, completions taken at their greatest length.
struct GrpoEstimate {
  ParameterCount parameters;
  std::int64_t prompt_tokens = 0;   ///< P, of one prompt
  std::int64_t prompts = 0;         ///< a step: groups, times two with both orders
  std::int64_t completions = 0;     ///< a step
  std::int64_t sampled_tokens = 0;  ///< a step: completions · R
  std::int64_t update_tokens = 0;   ///< a step: rows that the loss passes send through the decoder
  StepFlops flops = {};
  MemoryUse memory = {};
  double seconds_per_step(double flops_per_second) const {
    return flops.total() / flops_per_second;
  }
};

GrpoEstimate estimate_grpo(const ModelConfig& model, const GrpoConfig& config,
                           const PromptShape& prompt = {});

}  // namespace juror
