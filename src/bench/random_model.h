// A model folder of random weights in the shape that a config.json asks for: to measure a model of
// 3 or 7 billion parameters without downloading one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tensor/device.h"

namespace juror {

struct RandomModelOptions {
  std::uint64_t seed = 0;
  at::ScalarType dtype = at::kBFloat16;
  std::uint64_t shard_bytes = 2'000'000'000;  ///< a shard is what memory holds at once
};

/// Writes config.json, weights shard by shard, and a small tokenizer with the family's special
/// tokens, whose ids take the place of those in the config. Weights as `random_model` draws them,
/// but each from a stream of its own. Returns how many parameters there are. Throws Error for a
/// config that Juror has no family for.
std::int64_t write_random_model(const std::string& config_json, const std::filesystem::path& folder,
                                const RandomModelOptions& options);

}  // namespace juror
