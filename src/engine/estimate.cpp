#include "engine/estimate.h"

#include <algorithm>

#include "base/quantization_config.h"
#include "engine/admission.h"
#include "model/model.h"
#include "tensor/packed_weight.h"
#include "tensor/quantized.h"
#include "tensor/strips.h"

namespace juror {
namespace {

double elements(const std::vector<std::int64_t>& shape) {
  double count = 1;
  for (const std::int64_t side : shape) count *= static_cast<double>(side);
  return count;
}

/// Codes, and a scale and for four bits a zero a group.
double packed_bytes(const LinearShape& shape, int bits, std::int64_t group) {
  const auto out = static_cast<double>(strips_of(shape.out) * kStrip);
  const double codes = out * static_cast<double>(shape.in) * bits / 8,
               groups = out * static_cast<double>(shape.in / std::max<std::int64_t>(group, 1));
  return codes + groups * static_cast<double>(sizeof(float)) + (bits == 4 ? groups : 0);
}

/// Bits of the language model's linear layers, 0 if they are whole; and their group.
Quantization kept_as(const ModelConfig& config, const Compute& compute, Model& model) {
  const StoredQuantization stored = stored_quantization(config.json, "config.json");
  if (stored.bits > 0) return {.bits = stored.bits, .group = stored.group};
  Quantization how{.bits = compute.weight_bits};
  model.visit_linears([&](const std::string& name, Linear&, const LinearShape& shape) {
    if (!is_of_tower(name)) how.group = group_for(shape.in, how.group);
  });
  return how;
}

double bytes_of(const Compute& compute) {
  return static_cast<double>(c10::elementSize(compute.dtype));
}

/// Values that an MLP holds of one row at once: gate, up, and the gate's SiLU, which becomes the
/// product; with GELU the inner values and what they become.
double mlp_values(MlpKind kind, std::int64_t width) {
  const int copies = kind == MlpKind::kTanhGelu ? 2 : kind == MlpKind::kSwiGlu ? 3 : 4;
  return copies * static_cast<double>(width);
}

/// A patch in a block: the residual stream before and between, queries, keys and values together,
/// what attention gave, the norm, the MLP and what comes of it.
double patch_bytes(const VisionConfig& c, double element) {
  const auto width = static_cast<double>(c.width), row = static_cast<double>(c.row_length());
  const double rope = 2 * 4 * static_cast<double>(c.head_size() / 2);
  return 4 * row + rope + element * (8 * width + mlp_values(c.traits.mlp, c.mlp_width));
}

/// A token in a layer, likewise, with its embedding once alone and once among the others.
double token_bytes(const TextConfig& c, double element) {
  const auto width = static_cast<double>(c.width);
  const auto heads = static_cast<double>((c.heads + c.kv_heads) * c.head_size);
  return element * (7 * width + heads + mlp_values(MlpKind::kSwiGlu, c.mlp_width) +
                    static_cast<double>(c.head_size));
}

/// Rows that the CPU's own kernels for bf16 lay out once more, of the widest layer.
double laid_out_bytes(const TextConfig& c, const Compute& compute, double rows) {
  const bool is_laid_out = compute.device.is_cpu() && compute.dtype == at::kBFloat16 &&
                           has_strip_kernel() && (compute.weight_bits > 0 || !cpu_has_tiles());
  const std::int64_t widest = std::max({c.width, c.heads * c.head_size, c.mlp_width});
  return is_laid_out
             ? static_cast<double>(row_blocks_bytes(static_cast<std::int64_t>(rows), widest))
             : 0;
}

/// A row's logits: as the model gives them, in fp32, at the sampling temperature, as chances.
double logit_bytes(const TextConfig& c, double element) {
  const double wide = element < 4 ? 4 : 0;
  return static_cast<double>(c.vocabulary) * (element + wide + 8);
}

}  // namespace

double weight_bytes(const ModelConfig& config, const Compute& compute) {
  Model model(config);
  const Quantization how = kept_as(config, compute, model);
  const double element = bytes_of(compute);
  double bytes = 0;
  const auto parameter = [&](const std::string&, Tensor&, const std::vector<std::int64_t>& shape) {
    bytes += element * elements(shape);
  };
  const auto linear = [&](const std::string& name, Linear&, const LinearShape& shape) {
    const bool is_packed = how.bits > 0 && !is_of_tower(name);
    bytes += is_packed ? packed_bytes(shape, how.bits, how.group)
                       : element * elements({shape.out, shape.in});
    if (shape.has_bias) bytes += element * static_cast<double>(shape.out);
  };
  model.visit({.linear = linear, .parameter = parameter});
  return bytes;
}

EngineMemory engine_memory(const ModelConfig& model, const Compute& compute,
                           const EngineOptions& options, const EngineWork& work) {
  const VisionConfig& vision = model.vision;
  const TextConfig& text = model.text;
  const double element = bytes_of(compute), units = static_cast<double>(vision.merged_patches());
  const CacheShape shape{text, compute.dtype};
  const auto budget =
      static_cast<double>(options.cache_bytes > 0 ? options.cache_bytes
                                                  : enough_cache_bytes(shape, options.batch_rows));
  const double together =  // prompts that pass the decoder at once
      std::min(work.prompts,
               static_cast<double>(std::max<std::int64_t>(
                   1, options.prefill_tokens / std::max<std::int64_t>(1, work.prompt_tokens))));
  const double tokens = std::min(together * static_cast<double>(work.prompt_tokens),
                                 static_cast<double>(options.prefill_tokens));
  const double patches =
      std::min({work.patches, together * static_cast<double>(work.prompt_patches),
                static_cast<double>(std::max(options.tower_patches, work.prompt_patches))});
  const auto rows = std::min(work.completions, static_cast<double>(options.batch_rows));
  const auto deep = 1 + static_cast<double>(vision.deep_blocks.size());
  const double feature = deep * element * static_cast<double>(vision.out_width) / units;

  EngineMemory memory{.weights = weight_bytes(model, compute)};
  memory.pictures = work.patches * 4 * static_cast<double>(vision.row_length()) +
                    std::min(work.patches * feature, static_cast<double>(options.feature_bytes));
  const auto length = work.completion_tokens - 1;
  memory.rows = std::min(
      budget, static_cast<double>(row_bytes(shape, static_cast<std::int64_t>(rows), length)));
  memory.prefixes =
      std::min(budget - memory.rows,
               work.prompts * static_cast<double>(prefix_bytes(shape, work.prompt_tokens)));
  memory.is_one_wave = work.prompts * static_cast<double>(work.prompt_tokens) <=
                       static_cast<double>(options.prefill_tokens);
  memory.vision = patches * patch_bytes(vision, element);
  memory.prefill = tokens * token_bytes(text, element) +
                   together * static_cast<double>(work.prompt_patches) * feature +
                   together * logit_bytes(text, element) + laid_out_bytes(text, compute, tokens);
  memory.decode = rows * logit_bytes(text, element) + laid_out_bytes(text, compute, rows);
  return memory;
}

EngineFlops engine_flops(const ModelConfig& config, const EngineWork& work) {
  Model model(config);
  const TextConfig& text = config.text;
  double tower = 0, merger = 0, decoder = 0;  // weights
  model.visit_linears([&](const std::string& name, Linear&, const LinearShape& shape) {
    double& sum = !is_of_tower(name)                         ? decoder
                  : name.find("merger") != std::string::npos ? merger
                                                             : tower;
    sum += elements({shape.out, shape.in});
  });
  const auto width = static_cast<double>(text.layers * text.heads * text.head_size);
  const double prompt = static_cast<double>(work.prompt_tokens),
               completion = static_cast<double>(work.completion_tokens),
               head = elements({text.vocabulary, text.width});
  return {.vision = 2 * work.patches *
                    (tower + merger / static_cast<double>(config.vision.merged_patches())),
          .prefill = work.prompts * prompt * (2 * decoder + 2 * width * prompt),
          .decode = work.completions * completion *
                    (2 * (decoder + head) + 4 * width * (prompt + completion / 2))};
}

}  // namespace juror
