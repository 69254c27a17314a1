#include "model/vision.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "model/vision_units.h"
#include "tensor/linear.h"
#include "tensor/recomputed.h"

namespace juror {
namespace {

/// Queries and keys, rotated, and values of a block. x: [P, W]. Returns [P, H, D], three times.
std::vector<Tensor> attention_inputs(const VisionBlock& block, const VisionConfig& config,
                                     const Tensor& x, const RopeTable& rope) {
  const auto qkv =
      block.qkv(block.norm1(x)).reshape({x.size(0), 3, config.heads, config.head_size()}).unbind(1);
  // q and k are rotated in fp32, as the reference does
  const auto turned = [&](const Tensor& t) {
    return rotate(t.to(at::kFloat), rope).to(t.scalar_type());
  };
  return {turned(qkv[0]), turned(qkv[1]), qkv[2]};
}

/// The rest of a block. x, attended: [P, W]. Returns [P, W].
Tensor behind_attention(const VisionBlock& block, const Tensor& x, const Tensor& attended) {
  const Tensor mixed = x + block.proj(attended);
  const Tensor normed = block.norm2(mixed);
  return mixed + std::visit([&](const auto& mlp) { return mlp(normed); }, block.mlp);
}

/// x: [P, W]. Returns [units, C].
Tensor merge(const Merger& merger, const Tensor& x, std::int64_t units) {
  const bool is_joined_first = merger.norm.weight.size(0) != x.size(1);
  const Tensor normed = is_joined_first ? merger.norm(x.reshape({units, -1})) : merger.norm(x);
  return merger.out(at::gelu(merger.in(normed.reshape({units, -1}))));
}

}  // namespace

ImageFeatures VisionTower::encode(const VisionConfig& config, const Tensor& patches,
                                  const std::vector<ImageGrid>& grids) const {
  const VisionPlan plan = plan_vision(config, grids, patches.device());
  const std::int64_t merged = config.merged_patches();
  require_shape(patches, {plan.units * merged, config.row_length()}, "The batch of image patches");
  Tensor x = linear_product(patches.to(patch_embed.scalar_type()),
                            patch_embed.reshape({config.width, -1}), patch_bias);  // [P, W]
  if (positions.defined())
    x = x + stretched_positions(config, positions, grids).to(x.scalar_type());
  x = take_units(x, plan.order, merged);
  const auto in_row_order = [&](const Tensor& features) {
    return plan.inverse.defined() ? features.index_select(0, plan.inverse) : features;
  };
  ImageFeatures features;
  const auto& full = config.full_attention_blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const bool is_full =
        config.window == 0 || std::find(full.begin(), full.end(), index) != full.end();
    const VisionBlock& block = blocks[i];
    const auto before = [&block, &config, rope = plan.rope](const std::vector<Tensor>& in) {
      return attention_inputs(block, config, in[0], rope);
    };
    const auto behind = [&block](const std::vector<Tensor>& in) {
      return std::vector<Tensor>{behind_attention(block, in[0], in[1])};
    };
    const std::vector<Tensor> qkv = recomputes ? recomputed(before, {x}) : before({x});
    const Tensor attended = segment_attention(qkv[0], qkv[1], qkv[2],
                                              is_full ? plan.frame_lengths : plan.window_lengths,
                                              /*is_causal=*/false);
    x = (recomputes ? recomputed(behind, {x, attended}) : behind({x, attended})).front();
    for (std::size_t deep = 0; deep < deep_mergers.size(); ++deep) {
      if (config.deep_blocks[deep] == index)
        features.deep.push_back(in_row_order(merge(deep_mergers[deep], x, plan.units)));
    }
  }
  features.tokens = in_row_order(merge(merger, x, plan.units));
  return features;
}

}  // namespace juror
