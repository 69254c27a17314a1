#include "model/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// What every family's vision_config says under the same keys.
VisionConfig read_common(const ConfigReader& json, std::int64_t patch) {
  VisionConfig vision;
  vision.depth = json.count("depth");
  vision.heads = json.count("num_heads");
  vision.in_channels =
      json.has("in_channels") ? json.count("in_channels") : json.count("in_chans", 3);
  vision.patch =
      json.has("patch_size") ? json.count("patch_size") : json.count("spatial_patch_size", patch);
  vision.temporal_patch = json.count("temporal_patch_size", 2);
  vision.merge = json.count("spatial_merge_size", 2);
  return vision;
}

/// `hidden_size` is the width of the language model here.
VisionConfig read_qwen2(const ConfigReader& json) {
  VisionConfig vision = read_common(json, 14);
  vision.width = json.count("embed_dim");
  vision.out_width = json.count("hidden_size");
  vision.mlp_width = vision.width * json.count("mlp_ratio", 4);
  json.expect_text("hidden_act", "quick_gelu");
  return vision;
}

VisionConfig read_widths(const ConfigReader& json, std::int64_t patch) {
  VisionConfig vision = read_common(json, patch);
  vision.width = json.count("hidden_size");
  vision.mlp_width = json.count("intermediate_size");
  vision.out_width = json.count("out_hidden_size");
  return vision;
}

VisionConfig read_qwen2_5(const ConfigReader& json) {
  VisionConfig vision = read_widths(json, 14);
  vision.window = json.count("window_size", 112);
  vision.full_attention_blocks = json.counts("fullatt_block_indexes");
  json.expect_text("hidden_act", "silu");
  return vision;
}

VisionConfig read_qwen3(const ConfigReader& json) {
  VisionConfig vision = read_widths(json, 16);
  const std::int64_t places = json.count("num_position_embeddings");
  vision.position_side = std::llround(std::sqrt(static_cast<double>(places)));
  require_model(vision.position_side * vision.position_side == places,
                "'{}': vision_config.num_position_embeddings is {}, and a square number is "
                "expected.",
                json.file(), places);
  vision.deep_blocks = json.counts("deepstack_visual_indexes");
  json.expect_text("hidden_act", "gelu_pytorch_tanh");
  return vision;
}

const std::array kFamilies = {
    Family{.model_type = "qwen2_vl",
           .name = "Qwen2-VL",
           .read_vision = read_qwen2,
           .vision = {.norm = NormKind::kLayer,
                      .mlp = MlpKind::kQuickGelu,
                      .mlp_in = "mlp.fc1",
                      .mlp_out = "mlp.fc2"},
           .text = {}},
    Family{.model_type = "qwen2_5_vl",
           .name = "Qwen2.5-VL",
           .read_vision = read_qwen2_5,
           .vision = {},
           .text = {}},
    Family{.model_type = "qwen3_vl",
           .name = "Qwen3-VL",
           .read_vision = read_qwen3,
           .vision = {.norm = NormKind::kLayer,
                      .mlp = MlpKind::kTanhGelu,
                      .has_patch_bias = true,
                      .mlp_in = "mlp.linear_fc1",
                      .mlp_out = "mlp.linear_fc2",
                      .merger_norm = "norm",
                      .merger_in = "linear_fc1",
                      .merger_out = "linear_fc2"},
           .text = {.has_qkv_bias = false,
                    .has_qk_norm = true,
                    .is_rope_interleaved = true,
                    .head_size = 128,
                    .norm_eps = 1e-6,
                    .rope_theta = 5e5}},
};

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family& family_of(const std::string& model_type, const std::string& file) {
  const auto* found = std::find_if(kFamilies.begin(), kFamilies.end(), [&](const Family& family) {
    return family.model_type == model_type;
  });
  std::string known;
  for (const Family& family : kFamilies)
    known += fmt::format("{}'{}'", known.empty() ? "" : ", ", family.model_type);
  require_model(found != kFamilies.end(), "'{}': model_type is '{}', and Juror knows {}.", file,
                model_type, known);
  return *found;
}

}  // namespace juror
