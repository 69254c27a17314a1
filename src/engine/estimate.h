// What an engine's work will take, from sizes alone: memory and floating-point operations, before a
// weight is read.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/engine.h"
#include "model/config.h"
#include "tensor/device.h"

namespace juror {

/// Work of one kind: prompts that are alike, and completions behind them.
struct EngineWork {
  double prompts = 0;               ///< that differ
  std::int64_t prompt_tokens = 0;   ///< of the longest
  std::int64_t prompt_patches = 0;  ///< of its images
  double patches = 0;               ///< of all images that differ
  double completions = 0;
  std::int64_t completion_tokens = 0;  ///< of one, at most
};

/// Bytes at most.
struct EngineMemory {
  double weights = 0;
  double pictures = 0;                         ///< as the tower reads them, and their features
  double prefixes = 0, rows = 0;               ///< keys and values of prompts and completions
  double vision = 0, prefill = 0, decode = 0;  ///< activations of a pass
  bool is_one_wave = false;  ///< all prompts pass before the first completion is decoded

  double caches() const { return prefixes + rows; }
  double activations() const { return std::max({vision, prefill, decode}); }
  double peak() const {
    const double in_turn = std::max({vision, prefixes + prefill, caches() + decode});
    return weights + pictures + (is_one_wave ? in_turn : caches() + activations());
  }
};

/// Floating-point operations; a multiply-add is two. Of linear layers and attention.
struct EngineFlops {
  double vision = 0, prefill = 0, decode = 0;
};

/// As `compute` keeps them; a folder that is kept in few bits stays so.
double weight_bytes(const ModelConfig& model, const Compute& compute);

EngineMemory engine_memory(const ModelConfig& model, const Compute& compute,
                           const EngineOptions& options, const EngineWork& work);
EngineFlops engine_flops(const ModelConfig& model, const EngineWork& work);

}  // namespace juror
