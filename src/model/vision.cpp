#include "model/vision.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/linear.h"
#include "tensor/recomputed.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Calls f(row, column) for the patches of a frame in row order: 2x2 blocks row-major, patches
/// row-major inside a block.
template <class F>
void for_each_patch(const VisionConfig& config, const ImageGrid& grid, F f) {
  const std::int64_t merge = config.merge;
  for (std::int64_t by = 0; by < grid.h; by += merge) {
    for (std::int64_t bx = 0; bx < grid.w; bx += merge) {
      for (std::int64_t y = by; y < by + merge; ++y) {
        for (std::int64_t x = bx; x < bx + merge; ++x) f(y, x);
      }
    }
  }
}

/// Angles of the rows of one frame: first D/4 frequencies times the patch's row, then D/4 times its
/// column. Appends [h·w, D/2] values.
void append_angles(const VisionConfig& config, const ImageGrid& grid, std::vector<float>& angles) {
  const std::int64_t quarter = config.head_size() / 4;
  std::vector<float> frequencies;
  for (std::int64_t k = 0; k < quarter; ++k) {
    frequencies.push_back(
        1.0F / std::pow(10000.0F, static_cast<float>(2 * k) / static_cast<float>(2 * quarter)));
  }
  for_each_patch(config, grid, [&](std::int64_t y, std::int64_t x) {
    for (const float f : frequencies) angles.push_back(static_cast<float>(y) * f);
    for (const float f : frequencies) angles.push_back(static_cast<float>(x) * f);
  });
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

/// Reorders units of `merged` neighbouring rows; without an order they stay. rows: [P, ..].
Tensor take_units(const Tensor& rows, const Tensor& order, std::int64_t merged) {
  if (!order.defined()) return rows;
  const Tensor units = rows.reshape({order.size(0), -1});
  return units.index_select(0, order).reshape({order.size(0) * merged, -1});
}

/// Where a patch's row or column falls on the side of the table: the place at or before it, the one
/// after, and how far it is on the way.
struct Place {
  std::int64_t before = 0, after = 0;
  float share = 0;
};

/// Places of `count` patches, the first and the last on the table's edges. In fp32, as the
/// reference computes them.
std::vector<Place> places(std::int64_t count, std::int64_t side) {
  std::vector<Place> result;
  for (std::int64_t i = 0; i < count; ++i) {
    const float at = static_cast<float>(i * (side - 1)) /
                     static_cast<float>(std::max<std::int64_t>(count - 1, 1));
    const auto before = std::min(static_cast<std::int64_t>(at), side - 1);
    result.push_back({.before = before,
                      .after = std::min(before + 1, side - 1),
                      .share = at - static_cast<float>(before)});
  }
  return result;
}

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
      if (config.window > 0) append_windows(config, grid, plan.units, plan, order);
      append_angles(config, grid, angles);
      plan.units += grid.h * grid.w / config.merged_patches();
      plan.frame_lengths.push_back(grid.h * grid.w);
    }
  }
  if (config.window > 0) {
    plan.order = on_device(order, device);
    plan.inverse = plan.order.argsort();
  }
  const std::int64_t half = config.head_size() / 2;
  const Tensor rows = on_device(at::tensor(angles, at::kFloat), device).reshape({-1, half});
  const Tensor turned =
      take_units(rows, plan.order, config.merged_patches()).reshape({-1, 1, half});
  plan.rope = {.cos = turned.cos(), .sin = turned.sin()};
  return plan;
}

Tensor stretched_positions(const VisionConfig& config, const Tensor& table,
                           const std::vector<ImageGrid>& grids) {
  const std::int64_t side = config.position_side;
  std::vector<std::int64_t> corners;  // [P, 4]
  std::vector<float> weights;         // [P, 4]
  for (const ImageGrid& grid : grids) {
    const std::vector<Place> rows = places(grid.h, side), columns = places(grid.w, side);
    for (std::int64_t frame = 0; frame < grid.t; ++frame) {
      for_each_patch(config, grid, [&](std::int64_t y, std::int64_t x) {
        const Place &row = rows[static_cast<std::size_t>(y)],
                    &column = columns[static_cast<std::size_t>(x)];
        corners.insert(corners.end(),
                       {row.before * side + column.before, row.before * side + column.after,
                        row.after * side + column.before, row.after * side + column.after});
        weights.insert(weights.end(),
                       {(1 - row.share) * (1 - column.share), (1 - row.share) * column.share,
                        row.share * (1 - column.share), row.share * column.share});
      });
    }
  }
  const Tensor index = on_device(corners, table.device()).reshape({-1, 4});
  const Tensor weight =
      on_device(at::tensor(weights, at::kFloat), table.device()).reshape({-1, 4, 1});
  Tensor sum;  // corner by corner: all four at once would take four times the memory
  for (std::int64_t corner = 0; corner < 4; ++corner) {
    const Tensor part = at::embedding(table, index.select(1, corner)) * weight.select(1, corner);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

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

namespace {

/// The walk over the parts of a tower; `root` is the name of where it stands.
struct TowerWalk {
  const VisionConfig& config;
  const LayerVisitor& visit;

  void linear(const std::string& name, Linear& linear, std::int64_t out, std::int64_t in) const {
    visit.linear(name, linear, {.out = out, .in = in, .has_bias = true});
  }
  void norm(const std::string& name, Norm& norm, std::int64_t width) const {
    visit.parameter(name + ".weight", norm.weight, {width});
    if (config.traits.norm == NormKind::kLayer) visit.parameter(name + ".bias", norm.bias, {width});
  }
  void mlp(const std::string& at, VisionBlock& block) const {
    const VisionTraits& traits = config.traits;
    if (traits.mlp == MlpKind::kSwiGlu) {
      SwiGlu& mlp = std::get<SwiGlu>(block.mlp);
      linear(at + "mlp.gate_proj", mlp.gate, config.mlp_width, config.width);
      linear(at + "mlp.up_proj", mlp.up, config.mlp_width, config.width);
      linear(at + "mlp.down_proj", mlp.down, config.width, config.mlp_width);
      return;
    }
    if (!std::holds_alternative<GeluMlp>(block.mlp)) block.mlp = GeluMlp{};
    GeluMlp& mlp = std::get<GeluMlp>(block.mlp);
    mlp.is_quick = traits.mlp == MlpKind::kQuickGelu;
    linear(at + traits.mlp_in, mlp.in, config.mlp_width, config.width);
    linear(at + traits.mlp_out, mlp.out, config.width, config.mlp_width);
  }
  void merger(const std::string& at, Merger& merger, std::int64_t norm_width) const {
    const std::int64_t unit = config.merged_patches() * config.width;
    norm(at + config.traits.merger_norm, merger.norm, norm_width);
    linear(at + config.traits.merger_in, merger.in, unit, unit);
    linear(at + config.traits.merger_out, merger.out, config.out_width, unit);
  }
};

}  // namespace

void visit_layers(VisionTower& tower, const VisionConfig& c, const LayerVisitor& visit) {
  const std::string root = "model.visual.";
  const TowerWalk walk{c, visit};
  visit.parameter(root + "patch_embed.proj.weight", tower.patch_embed,
                  {c.width, c.in_channels, c.temporal_patch, c.patch, c.patch});
  if (c.traits.has_patch_bias)
    visit.parameter(root + "patch_embed.proj.bias", tower.patch_bias, {c.width});
  if (c.position_side > 0)
    visit.parameter(root + "pos_embed.weight", tower.positions,
                    {c.position_side * c.position_side, c.width});
  tower.blocks.resize(static_cast<std::size_t>(c.depth));
  for (std::size_t i = 0; i < tower.blocks.size(); ++i) {
    VisionBlock& block = tower.blocks[i];
    const std::string at = root + "blocks." + std::to_string(i) + ".";
    walk.norm(at + "norm1", block.norm1, c.width);
    walk.norm(at + "norm2", block.norm2, c.width);
    walk.linear(at + "attn.qkv", block.qkv, 3 * c.width, c.width);
    walk.linear(at + "attn.proj", block.proj, c.width, c.width);
    walk.mlp(at, block);
  }
  walk.merger(root + "merger.", tower.merger, c.width);
  tower.deep_mergers.resize(c.deep_blocks.size());
  for (std::size_t i = 0; i < tower.deep_mergers.size(); ++i)
    walk.merger(root + "deepstack_merger_list." + std::to_string(i) + ".", tower.deep_mergers[i],
                c.merged_patches() * c.width);
}

}  // namespace juror
