// The vision tower: patch rows -> one feature per 2x2 block of patches. 2D RoPE; what else families
// differ in (norms, MLPs, windows, learned positions, features for several decoder layers) is by
// config.
#pragma once

#include <variant>
#include <vector>

#include "model/config.h"
#include "model/features.h"
#include "model/input.h"
#include "model/layers.h"

namespace juror {

struct VisionBlock {
  Norm norm1, norm2;
  Linear qkv, proj;  // [W] -> [3W], [W] -> [W]
  std::variant<SwiGlu, GeluMlp> mlp;
};

/// 2x2 neighbouring patches to one token.
struct Merger {
  Norm norm;       // of each patch, [W]; of a deep merger of the four together, [4W]
  Linear in, out;  // [4W] -> [4W] -> [C]
};

/// How the rows of a batch of images attend: units (2x2 blocks of patches) are put into window
/// order, so that windows and whole frames are both runs of neighbouring rows.
struct VisionPlan {
  std::int64_t units = 0;
  Tensor order;  // [units]: unit u of the window order is unit order[u] of the row order; undefined
                 // without windows, as is `inverse`: the two orders are one then
  Tensor inverse;                            // [units]
  std::vector<std::int64_t> window_lengths;  // patches per window, none empty
  std::vector<std::int64_t> frame_lengths;   // patches per frame
  RopeTable rope;                            // rows in window order
};

/// The plan for images with these grids, in this order; its tensors on `device`.
VisionPlan plan_vision(const VisionConfig& config, const std::vector<ImageGrid>& grids,
                       at::Device device);

struct VisionTower {
  Tensor patch_embed;  // [W, channels, frames, patch, patch]
  Tensor patch_bias;   // [W] or undefined
  Tensor positions;  // [side², W]: of a square of patches, stretched over each image; or undefined
  std::vector<VisionBlock> blocks;
  Merger merger;
  std::vector<Merger> deep_mergers;  // one for each of config.deep_blocks
  bool recomputes = false;           ///< see Model::recompute_layers

  /// patches: [P, row] of all images one after another. Returns features of P/4 tokens in the same
  /// order of images. Throws Error if the rows do not match the grids.
  ImageFeatures encode(const VisionConfig& config, const Tensor& patches,
                       const std::vector<ImageGrid>& grids) const;
};

/// Learned positions of the patches of images with these grids. table: [side², W]: the corners of
/// the table are those of every image, and patches between its places mix the four around them.
/// Returns [P, W]. Differentiable.
Tensor stretched_positions(const VisionConfig& config, const Tensor& table,
                           const std::vector<ImageGrid>& grids);

/// Walks over all layers under their Hugging Face names ("model.visual.…").
void visit_layers(VisionTower& tower, const VisionConfig& config, const LayerVisitor& visit);

}  // namespace juror
