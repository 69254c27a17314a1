// The vision tower of Qwen2.5-VL: patch rows -> one feature per 2x2 block of patches. Window
// attention, 2D RoPE.
#pragma once

#include <vector>

#include "model/config.h"
#include "model/input.h"
#include "model/layers.h"

namespace juror {

struct VisionBlock {
  RmsNorm norm1, norm2;
  Linear qkv, proj;  // [W] -> [3W], [W] -> [W]
  SwiGlu mlp;
};

/// How the rows of a batch of images attend: units (2x2 blocks of patches) are put into window
/// order, so that windows and whole frames are both runs of neighbouring rows.
struct VisionPlan {
  Tensor order;    // [units]: unit u of the window order is unit order[u] of the row order
  Tensor inverse;  // [units]
  std::vector<std::int64_t> window_lengths;  // patches per window, none empty
  std::vector<std::int64_t> frame_lengths;   // patches per frame
  RopeTable rope;                            // rows in window order
};

/// The plan for images with these grids, in this order; its tensors on `device`.
VisionPlan plan_vision(const VisionConfig& config, const std::vector<ImageGrid>& grids,
                       at::Device device);

struct VisionTower {
  Tensor patch_embed;  // [W, channels, frames, patch, patch], no bias
  std::vector<VisionBlock> blocks;
  RmsNorm merger_norm;
  Linear merger_in, merger_out;  // [4W] -> [4W] -> [C]

  /// patches: [P, row] of all images one after another. Returns features [P/4, C] in the same order
  /// of images. Throws Error if the rows do not match the grids.
  Tensor encode(const VisionConfig& config, const Tensor& patches,
                const std::vector<ImageGrid>& grids) const;
};

/// Walks over all layers under their Hugging Face names ("model.visual.…").
void visit_layers(VisionTower& tower, const VisionConfig& config, const LayerVisitor& visit);

}  // namespace juror
