// What the passes of a step keep, value by value.
#include <algorithm>

#include "grpo/estimate.h"
#include "grpo/policy_pass.h"
#include "grpo/step_plan.h"
#include "train/training_compute.h"

namespace juror {
namespace {

constexpr std::int64_t kBytes = 4;  // of a value in fp32

/// Whether weights and products are in bf16 here; on a GPU as on this CPU.
bool is_half(const GrpoConfig& config, const TextConfig& text) {
  const ComputeOptions options{.device = "cpu", .dtype = config.compute.dtype};
  const Compute compute = training_compute(
      options, {.adapters = config.use_peft, .mixed = config.bf16}, rough_parameters(text));
  return compute.dtype == at::kBFloat16;
}

/// Bytes of the frozen or trained weights; a group of 128 codes has a scale, of four bits a zero
/// too.
std::int64_t weight_bytes(const GrpoConfig& config, const ParameterCount& parameters,
                          std::int64_t value) {
  const std::string& dtype = config.compute.dtype;
  if (dtype != "int8" && dtype != "int4") return value * parameters.total;
  const std::int64_t group_bytes = dtype == "int4" ? 128 / 2 + 4 + 1 : 128 + 4;
  return value * (parameters.total - parameters.decoder_linears) +
         parameters.decoder_linears / 128 * group_bytes;
}

/// Channels of one row in a pre-norm layer: residual stream, queries, inside the MLP; those of the
/// keys and values that its attention keeps, and of queries and keys that have a norm of their own.
struct RowShape {
  std::int64_t width = 0, queries = 0, mlp = 0, keys_values = 0, normed = 0;
  MlpKind mlp_kind = MlpKind::kSwiGlu;
};

/// Which values of a layer its passes keep for their gradients.
struct Kept {
  bool trains_weights = true, recomputes = false;
};

/// Values that one row keeps for its gradient in one layer. Each of the two norms keeps its input
/// and its output; attention keeps queries, and its output before and after the heads are joined;
/// a gated MLP keeps gate and up, and their product for an adapter; one with GELU keeps what goes
/// in and what comes out, the quick one its sigmoid too. A layer that is computed again keeps its
/// input and what attention keeps.
std::int64_t row_values(const RowShape& row, const Kept& kept) {
  if (kept.recomputes) return row.width + 3 * row.queries + row.keys_values;
  const std::int64_t gated = kept.trains_weights ? 2 : 3;
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

}  // namespace

MemoryUse estimate_memory(const ModelConfig& model, const GrpoConfig& config,
                          const PromptShape& prompt, const ParameterCount& parameters) {
  const StepPlan plan = plan_step(config);
  const TextConfig& text = model.text;
  const Kept kept{.trains_weights = !config.use_peft, .recomputes = config.gradient_checkpointing};
  const std::int64_t length = prompt_tokens(model, prompt), completion = plan.completion;
  const std::int64_t prompts = plan.read_groups() * plan.prompts_a_group,
                     rows = plan.slice_groups * config.num_generations;
  const std::int64_t images = prompt.images * (plan.shared ? plan.read_groups() : rows);
  const std::int64_t kv = 2 * text.layers * text.kv_heads * text.head_size;  // values of one token
  // what the completions of one prompt see: [H / H_kv · R, P + R], a layer each
  const std::int64_t mask =
      text.layers * text.heads / text.kv_heads * completion * (length + completion);

  MemoryUse use{.keeps_prompts = plan.keeps_prompts};
  const bool half = is_half(config, text);
  const std::int64_t value = half ? 2 : kBytes, frozen = weight_bytes(config, parameters, value);
  const bool has_masters = half && !config.use_peft;
  const bool is_merged = !half && config.compute.dtype != "int8" && config.compute.dtype != "int4";
  use.weights = frozen + (config.use_peft ? kBytes * parameters.trained : 0);
  use.gradients = (has_masters ? value : kBytes) * parameters.trained;
  use.optimizer = (has_masters ? 3 : 2) * kBytes * parameters.trained;
  if (plan.has_reference && !config.use_peft) use.reference = frozen;
  if (plan.has_listener) use.listener = frozen;
  use.merged = is_merged ? kBytes * parameters.adapted : 0;
  use.kv_cache =
      value * kv *
      (plan.prompts() * length + std::min(plan.rows, config.rollout_batch_rows) * completion);
  if (parameters.trains_tower)
    use.vision_activations = value * images * prompt.patches() * vision_values(model.vision, kept);
  if (plan.shared) {
    use.prompt_activations = value * prompts * length * prompt_values(text, kept);
    use.completion_activations = value * (rows * completion_values(text, length, completion, kept) +
                                          plan.slice_groups * plan.prompts_a_group * mask);
  } else {
    use.completion_activations = value * rows * (length + completion) * prompt_values(text, kept);
  }
  use.logits = 4 * kBytes * std::min(rows * completion, PassOptions{}.logit_rows) *
               text.vocabulary;  // twice, and gradients
  return use;
}

}  // namespace juror
