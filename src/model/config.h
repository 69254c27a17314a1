// The sizes of a Qwen2.5-VL checkpoint, read from its config.json (flat hub layout and nested
// layout).
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace juror {

struct VisionConfig {
  std::int64_t depth = 0;  ///< blocks
  std::int64_t width = 0;  ///< W, channels inside the tower
  std::int64_t heads = 0;
  std::int64_t mlp_width = 0;
  std::int64_t out_width = 0;  ///< C, channels of the language model
  std::int64_t in_channels = 3;
  std::int64_t patch = 14;
  std::int64_t temporal_patch = 2;
  std::int64_t merge = 2;     ///< patches per side merged to one token
  std::int64_t window = 112;  ///< pixels per side of an attention window
  std::vector<std::int64_t> full_attention_blocks;

  std::int64_t head_size() const { return width / heads; }
  std::int64_t row_length() const {
    return in_channels * temporal_patch * patch * patch;
  }  ///< of one patch row
  std::int64_t merged_patches() const { return merge * merge; }
};

struct TextConfig {
  std::int64_t width = 0;  ///< C
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;  ///< D
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
  std::string model_type = "qwen2_5_vl";
  VisionConfig vision;
  TextConfig text;
  std::int64_t image_token = 0;
  std::int64_t vision_start_token = 0;
  std::int64_t vision_end_token = 0;
  std::int64_t video_token = 0;
  std::string json;  ///< the file's text, written back on save
};

/// Reads and checks `text` (the content of a config.json; `file` names it in errors). Throws Error
/// (kModel) that names the key, the value met and the one expected.
ModelConfig parse_config(const std::string& text, const std::string& file);

/// `parse_config` of FOLDER/config.json.
ModelConfig load_config(const std::filesystem::path& folder);

}  // namespace juror
