#include "grpo/estimate.h"

#include <algorithm>

#include "grpo/step_plan.h"
#include "model/lora.h"

namespace juror {
namespace {

double product(std::int64_t a, std::int64_t b) {
  return static_cast<double>(a) * static_cast<double>(b);
}

std::int64_t elements(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  return count;
}

bool is_frozen(const std::string& name, const GrpoConfig& config) {
  return std::any_of(config.frozen.begin(), config.frozen.end(),
                     [&](const std::string& word) { return name.find(word) != std::string::npos; });
}

/// Parameters of the linear layers of one decoder layer, without biases.
std::int64_t layer_weights(const TextConfig& c) {
  const std::int64_t q = c.heads * c.head_size, kv = c.kv_heads * c.head_size;
  return c.width * (2 * q + 2 * kv) + 3 * c.width * c.mlp_width;
}

/// Decoder layers over `tokens` rows of which each sees `seen` on average. Scores and their use: 2
/// · 2 · H · D a pair.
Flops decoder_flops(const TextConfig& c, std::int64_t tokens, double seen) {
  return {.linear = 2 * product(c.layers * layer_weights(c), tokens),
          .attention = 4 * product(c.layers * c.heads * c.head_size, tokens) * seen};
}

/// Parameters of the linear layers of one block of the tower, without biases.
std::int64_t block_weights(const VisionConfig& c) {
  return 4 * c.width * c.width + c.mlp_matrices() * c.width * c.mlp_width;
}

/// Layers with so many weights once more, of `rows` rows, attention apart.
double recomputed_flops(const GrpoConfig& config, std::int64_t weights, double rows) {
  return config.gradient_checkpointing ? 2 * static_cast<double>(weights) * rows : 0;
}

StepFlops step_flops(const ModelConfig& model, const GrpoConfig& config, const PromptShape& prompt,
                     const ParameterCount& parameters) {
  const StepPlan plan = plan_step(config);
  const auto prompts = static_cast<double>(plan.prompts()), rows = static_cast<double>(plan.rows);
  const auto images = static_cast<double>(plan.groups * prompt.images);
  const std::int64_t length = prompt_tokens(model, prompt);
  const Flops image = vision_flops(model.vision, prompt), read = prompt_flops(model.text, length);
  const Flops written = completion_flops(model.text, length, plan.completion),
              head = head_flops(model.text, plan.completion);
  const double frozen_passes = (plan.has_reference ? 1 : 0) + (plan.has_listener ? 1 : 0);
  const double again =
      plan.keeps_prompts ? 1 - plan.rollouts() : 1;  // of the update, with a shared prefix
  const double update_images = plan.shared ? images : rows * static_cast<double>(prompt.images);
  const double update_prompts = plan.shared ? prompts : rows;
  const bool trains_weights = !config.use_peft;

  StepFlops flops;
  flops.vision = image.total() * images * plan.rollouts();
  if (!plan.shared) flops.vision += image.total() * update_images;
  if (plan.shared && parameters.trains_tower) flops.vision += image.total() * update_images * again;
  if (parameters.trains_tower)
    flops.vision_backward =
        backward_flops(image, trains_weights) * update_images +
        recomputed_flops(config, model.vision.depth * block_weights(model.vision),
                         update_images * static_cast<double>(prompt.patches()));
  flops.prompts = read.total() * (prompts * plan.rollouts() + update_prompts * again);
  flops.decode = (written.total() + head.total()) * rows * plan.rollouts();
  flops.frozen =
      frozen_passes * plan.rollouts() *
      (image.total() * images + read.total() * prompts + (written.total() + head.total()) * rows);
  flops.completions = (written.total() + 2 * head.total()) *
                      rows;  // logits once for the loss, once for its gradient
  flops.text_backward =
      backward_flops(read, trains_weights) * update_prompts +
      (backward_flops(written, trains_weights) + backward_flops(head, trains_weights)) * rows +
      recomputed_flops(config, model.text.layers * layer_weights(model.text),
                       update_prompts * static_cast<double>(length) +
                           rows * static_cast<double>(plan.completion));
  return flops;
}

}  // namespace

ParameterCount count_parameters(const ModelConfig& config, const GrpoConfig& grpo) {
  Model model(config);
  ParameterCount count;
  const auto add_trained = [&](const std::string& name, std::int64_t values) {
    if (is_frozen(name, grpo)) return;
    count.trained += values;
    count.trains_tower = count.trains_tower || name.find("visual.") != std::string::npos;
  };
  model.visit([&](const std::string& name, Tensor&, const std::vector<std::int64_t>& shape) {
    count.total += elements(shape);
    if (!grpo.use_peft) add_trained(name, elements(shape));
  });
  model.visit_linears([&](const std::string& name, Linear&, const LinearShape& shape) {
    if (name.find("visual.") == std::string::npos) count.decoder_linears += shape.out * shape.in;
  });
  if (!grpo.use_peft) return count;
  const std::vector<std::string> layers = lora_layers(model, grpo.lora);
  model.visit_linears([&](const std::string& name, Linear&, const LinearShape& shape) {
    if (!std::binary_search(layers.begin(), layers.end(), name)) return;
    count.adapted += shape.out * shape.in;
    add_trained(name, grpo.lora.r * (shape.in + shape.out));
  });
  return count;
}

std::int64_t prompt_tokens(const ModelConfig& model, const PromptShape& prompt) {
  return prompt.text_tokens + prompt.images * prompt.patches() / model.vision.merged_patches();
}

Flops vision_flops(const VisionConfig& c, const PromptShape& prompt) {
  const std::int64_t patches = prompt.patches(), unit = c.merged_patches() * c.width;
  const std::int64_t merger = unit * (unit + c.out_width) / c.merged_patches();  // a patch's share
  const std::int64_t side = c.window / c.patch, window = std::min(patches, side * side);
  const auto mergers = 1 + static_cast<std::int64_t>(c.deep_blocks.size()),
             full = c.window == 0 ? c.depth
                                  : static_cast<std::int64_t>(c.full_attention_blocks.size());
  return {.linear =
              2 * product(c.depth * block_weights(c) + c.row_length() * c.width + mergers * merger,
                          patches),
          .attention = 4 * product(c.width * patches, full * patches + (c.depth - full) * window)};
}

double backward_flops(const Flops& forward, bool trains_weights) {
  return (trains_weights ? 2 : 1) * forward.linear + 2 * forward.attention;
}

Flops prompt_flops(const TextConfig& config, std::int64_t prompt) {
  return decoder_flops(config, prompt, 0.5 * static_cast<double>(prompt + 1));
}

Flops completion_flops(const TextConfig& config, std::int64_t prompt, std::int64_t completion) {
  return decoder_flops(config, completion,
                       static_cast<double>(prompt) + 0.5 * static_cast<double>(completion + 1));
}

Flops head_flops(const TextConfig& config, std::int64_t rows) {
  return {.linear = 2 * product(config.width * config.vocabulary, rows), .attention = 0};
}

GrpoEstimate estimate_grpo(const ModelConfig& model, const GrpoConfig& config,
                           const PromptShape& prompt) {
  const StepPlan plan = plan_step(config);
  const std::int64_t length = prompt_tokens(model, prompt);
  GrpoEstimate estimate{.parameters = count_parameters(model, config),
                        .prompt_tokens = length,
                        .prompts = plan.prompts(),
                        .completions = plan.rows,
                        .sampled_tokens = plan.rows * plan.completion};
  estimate.update_tokens =
      (plan.shared ? plan.prompts() : plan.rows) * length + estimate.sampled_tokens;
  estimate.flops = step_flops(model, config, prompt, estimate.parameters);
  estimate.memory = estimate_memory(model, config, prompt, estimate.parameters);
  return estimate;
}

}  // namespace juror
