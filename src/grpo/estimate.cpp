#include "grpo/estimate.h"

#include <algorithm>

#include "grpo/step.h"
#include "model/lora.h"

namespace juror {
namespace {

constexpr std::int64_t kBytes = 4;  // of a value in fp32

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

/// Blocks of the tower whose MLP can be computed again: the gated ones.
std::int64_t recomputed_blocks(const VisionConfig& c) {
  return c.traits.mlp == MlpKind::kSwiGlu ? c.depth : 0;
}

/// Gate and up of the MLPs once more, of `rows` rows.
double recomputed_flops(const GrpoConfig& config, std::int64_t layers, std::int64_t width,
                        std::int64_t mlp, double rows) {
  const bool is_on = config.gradient_checkpointing && !config.use_peft;
  return is_on ? 2 * 2 * product(layers * width, mlp) * rows : 0;
}

/// What a run does, in the numbers that cost depends on.
struct Plan {
  std::int64_t groups = 0, prompts_a_group = 1, rows = 0;  ///< of a step; rows = completions
  std::int64_t passes = 1, completion = 0, iterations = 1;
  std::int64_t slice_groups = 0;  ///< whose completions are differentiated together
  bool shared = true, keeps_prompts = false, has_reference = false, has_listener = false;

  /// Whose prompts and images are differentiated together.
  std::int64_t read_groups() const { return keeps_prompts ? groups : groups / passes; }
  std::int64_t prompts() const { return groups * prompts_a_group; }
  double rollouts() const { return 1.0 / static_cast<double>(iterations); }  ///< a step
};

std::int64_t slice_groups(const GrpoConfig& c) {
  if (c.loss.compares_all_tokens()) return c.groups_per_pass();
  const std::int64_t tokens = c.num_generations * c.max_completion_length;
  return std::clamp<std::int64_t>(MicroBatchOptions{}.slice_tokens / tokens, 1,
                                  c.groups_per_pass());
}

Plan make_plan(const GrpoConfig& c) {
  const auto& rewards = c.scoring.reward_funcs;
  return {.groups = c.groups_per_step(),
          .prompts_a_group = c.both_orders ? 2 : 1,
          .rows = c.groups_per_step() * c.num_generations,
          .passes = c.gradient_accumulation_steps,
          .completion = c.max_completion_length,
          .iterations = c.num_iterations,
          .slice_groups = slice_groups(c),
          .shared = c.shared_prefix,
          .keeps_prompts = c.reuses_prompts(),
          .has_reference = c.loss.beta > 0,
          .has_listener = std::find(rewards.begin(), rewards.end(), "listener") != rewards.end()};
}

StepFlops step_flops(const ModelConfig& model, const GrpoConfig& config, const PromptShape& prompt,
                     const ParameterCount& parameters) {
  const Plan plan = make_plan(config);
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
    flops.vision_backward = backward_flops(image, trains_weights) * update_images +
                            recomputed_flops(config, recomputed_blocks(model.vision),
                                             model.vision.width, model.vision.mlp_width,
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
      recomputed_flops(config, model.text.layers, model.text.width, model.text.mlp_width,
                       update_prompts * static_cast<double>(length) +
                           rows * static_cast<double>(plan.completion));
  return flops;
}

/// Channels of one row in a pre-norm layer: residual stream, queries, inside the MLP; those of the
/// keys and values that its attention keeps, and of queries and keys that have a norm of their own.
struct RowShape {
  std::int64_t width = 0, queries = 0, mlp = 0, keys_values = 0, normed = 0;
  MlpKind mlp_kind = MlpKind::kSwiGlu;
};

/// Which values of a layer its passes keep for their gradients.
struct Kept {
  bool trains_weights = true, recomputes_mlps = false;
};

/// Values that one row keeps for its gradient in one layer. Each of the two norms keeps its input
/// and its output; attention keeps queries, and its output before and after the heads are joined;
/// a gated MLP keeps gate and up unless it computes them again, and their product for an adapter;
/// one with GELU keeps what goes in and what comes out, the quick one its sigmoid too.
std::int64_t row_values(const RowShape& row, const Kept& kept) {
  const std::int64_t gated = !kept.trains_weights ? 3 : kept.recomputes_mlps ? 0 : 2;
  const std::int64_t mlp = row.mlp_kind == MlpKind::kSwiGlu      ? gated
                           : row.mlp_kind == MlpKind::kQuickGelu ? 3
                                                                 : 2;
  return 4 * row.width + 3 * row.queries + row.keys_values + row.normed + mlp * row.mlp;
}

/// Queries and keys of one token as their norms took them.
std::int64_t normed_values(const TextConfig& c) {
  return c.traits.has_qk_norm ? (c.heads + c.kv_heads) * c.head_size : 0;
}

/// Of one token of a prompt: its keys and values are kept as attention saw them, and once more as
/// the prefix.
std::int64_t prompt_values(const TextConfig& c, const Kept& kept) {
  const std::int64_t q = c.heads * c.head_size, kv = c.kv_heads * c.head_size;
  return c.layers * row_values({.width = c.width,
                                .queries = q,
                                .mlp = c.mlp_width,
                                .keys_values = 4 * kv,
                                .normed = normed_values(c)},
                               kept);
}

/// Of one completion of R tokens behind P: its keys and values stand joined to the prompt's.
std::int64_t completion_values(const TextConfig& c, std::int64_t prompt, std::int64_t completion,
                               const Kept& kept) {
  const std::int64_t row = row_values({.width = c.width,
                                       .queries = c.heads * c.head_size,
                                       .mlp = c.mlp_width,
                                       .normed = normed_values(c)},
                                      kept);
  return c.layers * (completion * row + 2 * c.kv_heads * c.head_size * (prompt + completion));
}

/// Of one patch: keys, and queries, keys and values as the layer before the rotation gave them.
std::int64_t vision_values(const VisionConfig& c, const Kept& kept) {
  return c.depth * row_values({.width = c.width,
                               .queries = c.width,
                               .mlp = c.mlp_width,
                               .keys_values = 4 * c.width,
                               .mlp_kind = c.traits.mlp},
                              kept);
}

MemoryUse memory_use(const ModelConfig& model, const GrpoConfig& config, const PromptShape& prompt,
                     const ParameterCount& parameters) {
  const Plan plan = make_plan(config);
  const TextConfig& text = model.text;
  const Kept kept{.trains_weights = !config.use_peft,
                  .recomputes_mlps = config.gradient_checkpointing};
  const std::int64_t length = prompt_tokens(model, prompt), completion = plan.completion;
  const std::int64_t prompts = plan.read_groups() * plan.prompts_a_group,
                     rows = plan.slice_groups * config.num_generations;
  const std::int64_t images = prompt.images * (plan.shared ? plan.read_groups() : rows);
  const std::int64_t kv = 2 * text.layers * text.kv_heads * text.head_size;  // values of one token
  // what the completions of one prompt see: [H / H_kv · R, P + R], a layer each
  const std::int64_t mask =
      text.layers * text.heads / text.kv_heads * completion * (length + completion);

  MemoryUse use{.keeps_prompts = plan.keeps_prompts};
  use.weights = kBytes * (parameters.total + (config.use_peft ? parameters.trained : 0));
  use.gradients = kBytes * parameters.trained;
  use.optimizer = 2 * kBytes * parameters.trained;
  if (plan.has_reference && !config.use_peft) use.reference = kBytes * parameters.total;
  if (plan.has_listener) use.listener = kBytes * parameters.total;
  use.merged = kBytes * parameters.adapted;
  use.kv_cache =
      kBytes * kv *
      (plan.prompts() * length + std::min(plan.rows, config.rollout_batch_rows) * completion);
  if (parameters.trains_tower)
    use.vision_activations = kBytes * images * prompt.patches() * vision_values(model.vision, kept);
  if (plan.shared) {
    use.prompt_activations = kBytes * prompts * length * prompt_values(text, kept);
    use.completion_activations =
        kBytes * (rows * completion_values(text, length, completion, kept) +
                  plan.slice_groups * plan.prompts_a_group * mask);
  } else {
    use.completion_activations = kBytes * rows * (length + completion) * prompt_values(text, kept);
  }
  use.logits = 4 * kBytes * std::min(rows * completion, PassOptions{}.logit_rows) *
               text.vocabulary;  // twice, and gradients
  return use;
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
  const std::int64_t block = 4 * c.width * c.width + c.mlp_matrices() * c.width * c.mlp_width;
  const std::int64_t merger = unit * (unit + c.out_width) / c.merged_patches();  // a patch's share
  const std::int64_t side = c.window / c.patch, window = std::min(patches, side * side);
  const auto mergers = 1 + static_cast<std::int64_t>(c.deep_blocks.size()),
             full = c.window == 0 ? c.depth
                                  : static_cast<std::int64_t>(c.full_attention_blocks.size());
  return {
      .linear = 2 * product(c.depth * block + c.row_length() * c.width + mergers * merger, patches),
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
  const Plan plan = make_plan(config);
  const std::int64_t length = prompt_tokens(model, prompt);
  GrpoEstimate estimate{.parameters = count_parameters(model, config),
                        .prompt_tokens = length,
                        .prompts = plan.prompts(),
                        .completions = plan.rows,
                        .sampled_tokens = plan.rows * plan.completion};
  estimate.update_tokens =
      (plan.shared ? plan.prompts() : plan.rows) * length + estimate.sampled_tokens;
  estimate.flops = step_flops(model, config, prompt, estimate.parameters);
  estimate.memory = memory_use(model, config, prompt, estimate.parameters);
  return estimate;
}

}  // namespace juror
