// A checkpoint to measure speed on: random weights of about 100 M parameters in an ordinary Hugging
// Face folder.
#pragma once

#include <cstdint>
#include <filesystem>

#include "text/tokenizer.h"

namespace juror {

/// The sizes of the checkpoint; the defaults come to about 120 M parameters.
struct BenchModelSizes {
  std::int64_t text_layers = 12, text_width = 768, text_heads = 12, text_kv_heads = 4,
               text_mlp = 2048;
  std::int64_t vocabulary = 32768;
  std::int64_t vision_depth = 8, vision_width = 384, vision_heads = 6, vision_mlp = 1024;
};

/// Writes what a folder holds beside config and weights: a tokenizer of a few hundred tokens with
/// the family's special ones, and a preprocessor.
Tokenizer write_bench_sidecars(const std::filesystem::path& folder);

/// Writes the folder (bf16 weights, as on the hub, and a byte-level tokenizer) unless it holds a
/// model.safetensors, which is written last. transformers loads it too. Returns whether it was
/// written.
bool make_bench_model(const BenchModelSizes& sizes, const std::filesystem::path& folder);

}  // namespace juror
