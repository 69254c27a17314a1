// config.json of the Qwen2.5-VL folders that Juror makes itself: mini's, and the benchmark's.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "text/tokenizer.h"

namespace juror {

struct MadeSizes {
  std::int64_t vision_width = 0, vision_depth = 0, vision_heads = 0, vision_mlp = 0;
  std::int64_t window = 112;              ///< in pixels
  std::vector<std::int64_t> full_blocks;  ///< of the tower, that attend to the whole image
  std::int64_t text_width = 0, text_layers = 0, text_heads = 0, text_kv_heads = 0, text_mlp = 0;
  std::int64_t vocabulary = 0;
  double rope_theta = 1e6;
};

/// The object; ids of special tokens are the tokenizer's.
nlohmann::ordered_json made_config(const MadeSizes& sizes, const Tokenizer& tokenizer);

}  // namespace juror
