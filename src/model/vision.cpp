#include "model/vision.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// Angles of the rows of one frame in row order (2x2 blocks row-major, patches row-major inside a
/// block): first D/4 frequencies times the patch's row, then D/4 times its column. Appends [h·w,
/// D/2] values.
void append_angles(const VisionConfig& config, const ImageGrid& grid, std::vector<float>& angles) {
  const std::int64_t quarter = config.head_size() / 4;
  std::vector<float> frequencies;
  for (std::int64_t k = 0; k < quarter; ++k) {
    frequencies.push_back(
        1.0F / std::pow(10000.0F, static_cast<float>(2 * k) / static_cast<float>(2 * quarter)));
  }
  const auto append_patch = [&](std::int64_t y, std::int64_t x) {
    for (const float f : frequencies) angles.push_back(static_cast<float>(y) * f);
    for (const float f : frequencies) angles.push_back(static_cast<float>(x) * f);
  };
  const std::int64_t merge = config.merge;
  for (std::int64_t by = 0; by < grid.h; by += merge) {
    for (std::int64_t bx = 0; bx < grid.w; bx += merge) {
      for (std::int64_t y = by; y < by + merge; ++y) {
        for (std::int64_t x = bx; x < bx + merge; ++x) append_patch(y, x);
      }
    }
  }
}

/// Units of one frame, window by window; windows and units inside a window row-major. `base` is the
/// frame's first unit.
void append_windows(const VisionConfig& config, const ImageGrid& grid, std::int64_t base,
                    VisionPlan& plan, std::vector<std::int64_t>& order) {
  const std::int64_t side = config.window / config.merge / config.patch;  // units per window side
  const std::int64_t rows = grid.h / config.merge, columns = grid.w / config.merge;
  for (std::int64_t wy = 0; wy < rows; wy += side) {
    for (std::int64_t wx = 0; wx < columns; wx += side) {
      const std::int64_t y_end = std::min(wy + side, rows), x_end = std::min(wx + side, columns);
      for (std::int64_t y = wy; y < y_end; ++y) {
        for (std::int64_t x = wx; x < x_end; ++x) order.push_back(base + y * columns + x);
      }
      plan.window_lengths.push_back((y_end - wy) * (x_end - wx) * config.merged_patches());
    }
  }
}

/// Reorders units of `merged` neighbouring rows. rows: [P, ..].
Tensor take_units(const Tensor& rows, const Tensor& order, std::int64_t merged) {
  const Tensor units = rows.reshape({order.size(0), -1});
  return units.index_select(0, order).reshape({order.size(0) * merged, -1});
}

Tensor block_forward(const VisionBlock& block, const VisionConfig& config, const Tensor& x,
                     const RopeTable& rope, const std::vector<std::int64_t>& lengths) {
  const auto qkv =
      block.qkv(block.norm1(x)).reshape({x.size(0), 3, config.heads, config.head_size()}).unbind(1);
  // q and k are rotated in fp32, as the reference does
  const auto turned = [&](const Tensor& t) {
    return rotate(t.to(at::kFloat), rope).to(t.scalar_type());
  };
  const Tensor attended =
      segment_attention(turned(qkv[0]), turned(qkv[1]), qkv[2], lengths, /*is_causal=*/false);
  const Tensor mixed = x + block.proj(attended);
  return mixed + block.mlp(block.norm2(mixed));
}

}  // namespace

VisionPlan plan_vision(const VisionConfig& config, const std::vector<ImageGrid>& grids,
                       at::Device device) {
  VisionPlan plan;
  std::vector<std::int64_t> order;
  std::vector<float> angles;
  for (const ImageGrid& grid : grids) {
    require(grid.t > 0 && grid.h > 0 && grid.w > 0 && grid.h % config.merge == 0 &&
                grid.w % config.merge == 0,
            "An image grid of {} x {} patches cannot be merged {} by {}.", grid.h, grid.w,
            config.merge, config.merge);
    for (std::int64_t frame = 0; frame < grid.t; ++frame) {
      append_windows(config, grid, static_cast<std::int64_t>(order.size()), plan, order);
      append_angles(config, grid, angles);
      plan.frame_lengths.push_back(grid.h * grid.w);
    }
  }
  plan.order = at::tensor(order, at::kLong).to(device);
  plan.inverse = plan.order.argsort();
  const std::int64_t half = config.head_size() / 2;
  const Tensor rows = at::tensor(angles, at::kFloat).to(device).reshape({-1, half});
  const Tensor turned =
      take_units(rows, plan.order, config.merged_patches()).reshape({-1, 1, half});
  plan.rope = {.cos = turned.cos(), .sin = turned.sin()};
  return plan;
}

Tensor VisionTower::encode(const VisionConfig& config, const Tensor& patches,
                           const std::vector<ImageGrid>& grids) const {
  const VisionPlan plan = plan_vision(config, grids, patches.device());
  const std::int64_t merged = config.merged_patches();
  require_shape(patches, {plan.order.size(0) * merged, config.row_length()},
                "The batch of image patches");
  Tensor x = at::linear(patches.to(patch_embed.scalar_type()),
                        patch_embed.reshape({config.width, -1}));  // [P, W]
  x = take_units(x, plan.order, merged);
  const auto& full = config.full_attention_blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool is_full =
        std::find(full.begin(), full.end(), static_cast<std::int64_t>(i)) != full.end();
    x = block_forward(blocks[i], config, x, plan.rope,
                      is_full ? plan.frame_lengths : plan.window_lengths);
  }
  const Tensor units =
      merger_norm(x).reshape({plan.order.size(0), merged * config.width});  // [P/4, 4W]
  const Tensor features = merger_out(at::gelu(merger_in(units)));           // [P/4, C]
  return features.index_select(0, plan.inverse);
}

void visit_layers(VisionTower& tower, const VisionConfig& c, const LayerVisitor& visit) {
  const std::string root = "model.visual.";
  const auto visit_linear = [&](const std::string& name, Linear& linear, std::int64_t out,
                                std::int64_t in) {
    visit.linear(name, linear, {.out = out, .in = in, .has_bias = true});
  };
  visit.parameter(root + "patch_embed.proj.weight", tower.patch_embed,
                  {c.width, c.in_channels, c.temporal_patch, c.patch, c.patch});
  tower.blocks.resize(static_cast<std::size_t>(c.depth));
  for (std::size_t i = 0; i < tower.blocks.size(); ++i) {
    VisionBlock& block = tower.blocks[i];
    const std::string at = root + "blocks." + std::to_string(i) + ".";
    visit.parameter(at + "norm1.weight", block.norm1.weight, {c.width});
    visit.parameter(at + "norm2.weight", block.norm2.weight, {c.width});
    visit_linear(at + "attn.qkv", block.qkv, 3 * c.width, c.width);
    visit_linear(at + "attn.proj", block.proj, c.width, c.width);
    visit_linear(at + "mlp.gate_proj", block.mlp.gate, c.mlp_width, c.width);
    visit_linear(at + "mlp.up_proj", block.mlp.up, c.mlp_width, c.width);
    visit_linear(at + "mlp.down_proj", block.mlp.down, c.width, c.mlp_width);
  }
  const std::int64_t unit = c.merged_patches() * c.width;
  visit.parameter(root + "merger.ln_q.weight", tower.merger_norm.weight, {c.width});
  visit_linear(root + "merger.mlp.0", tower.merger_in, unit, unit);
  visit_linear(root + "merger.mlp.2", tower.merger_out, c.out_width, unit);
}

}  // namespace juror
