// Where the patches of images stand: their order, the runs that attend to each other, and
// positions.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "model/vision.h"
#include "model/vision_units.h"
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

}  // namespace

Tensor take_units(const Tensor& rows, const Tensor& order, std::int64_t merged) {
  if (!order.defined()) return rows;
  const Tensor units = rows.reshape({order.size(0), -1});
  return units.index_select(0, order).reshape({order.size(0) * merged, -1});
}

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

}  // namespace juror
