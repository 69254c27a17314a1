// What a checkpoint's network is: sizes from its config.json (flat hub layout and nested layout),
// and from the table of families (model/family.h) what config.json leaves unsaid.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace juror {

struct Family;

enum class NormKind { kRms, kLayer };
enum class MlpKind { kSwiGlu, kQuickGelu, kTanhGelu };

/// What all vision towers of a family share.
struct VisionTraits {
  NormKind norm = NormKind::kRms;
  MlpKind mlp = MlpKind::kSwiGlu;
  bool has_patch_bias = false;
  /// Names of layers in a block and in a merger.
  const char* mlp_in = "";  ///< of a SwiGlu always gate_proj, up_proj and down_proj
  const char* mlp_out = "";
  const char* merger_norm = "ln_q";
  const char* merger_in = "mlp.0";
  const char* merger_out = "mlp.2";
};

struct VisionConfig {
  VisionTraits traits;
  std::int64_t depth = 0;  ///< blocks
  std::int64_t width = 0;  ///< W, channels inside the tower
  std::int64_t heads = 0;
  std::int64_t mlp_width = 0;
  std::int64_t out_width = 0;  ///< C, channels of the language model
  std::int64_t in_channels = 3;
  std::int64_t patch = 14;
  std::int64_t temporal_patch = 2;
  std::int64_t merge = 2;   ///< patches per side merged to one token
  std::int64_t window = 0;  ///< pixels per side of an attention window; 0: every block sees a frame
  std::vector<std::int64_t> full_attention_blocks;  ///< those that see a frame, where others do not
  std::int64_t position_side = 0;  ///< of the square table of learned positions; 0: there is none
  /// Blocks whose output is merged too, for the first decoder layers (DeepStack); ascending.
  std::vector<std::int64_t> deep_blocks;

  std::int64_t head_size() const { return width / heads; }
  std::int64_t row_length() const {
    return in_channels * temporal_patch * patch * patch;
  }  ///< of one patch row
  std::int64_t merged_patches() const { return merge * merge; }
  std::int64_t mlp_matrices() const { return traits.mlp == MlpKind::kSwiGlu ? 3 : 2; }
};

/// What all language models of a family share.
struct TextTraits {
  bool has_qkv_bias = true;
  bool has_qk_norm = false;
  bool is_rope_interleaved = false;  ///< else each axis has a run of frequencies
  std::int64_t head_size = 0;        ///< where config.json does not say; 0: heads fill the width
  double norm_eps = 1e-5;            ///< likewise
  double rope_theta = 1e6;           ///< likewise
};

struct TextConfig {
  TextTraits traits;
  std::int64_t width = 0;  ///< C
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;  ///< D; heads · D may differ from C
  std::int64_t mlp_width = 0;
  std::int64_t vocabulary = 0;  ///< V, rows of the embedding
  std::int64_t max_positions = 32768;
  double norm_eps = 1e-6;
  double rope_theta = 1e6;
  std::array<std::int64_t, 3>
      mrope_section{};  ///< frequencies that follow time, row and column; sums to D/2
  bool tied_head = false;
};

struct ModelConfig {
  const Family* family = nullptr;  ///< a row of the table of families
  VisionConfig vision;
  TextConfig text;
  std::int64_t image_token = 0;
  std::int64_t vision_start_token = 0;
  std::int64_t vision_end_token = 0;
  std::int64_t video_token = 0;
  std::string dtype;  ///< of the weights, as the file names it ("bfloat16"); empty if it does not
  std::string json;   ///< the file's text, written back on save
};

/// Reads and checks `text` (the content of a config.json; `file` names it in errors). Throws Error
/// (kModel) that names the key, the value met and the one expected; an unknown model_type is
/// refused with the list of known ones.
ModelConfig parse_config(const std::string& text, const std::string& file);

/// `parse_config` of FOLDER/config.json.
ModelConfig load_config(const std::filesystem::path& folder);

/// About so many parameters has the language model.
std::int64_t rough_parameters(const TextConfig& text);

}  // namespace juror
