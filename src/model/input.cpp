#include "model/input.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "base/error.h"

namespace juror {
namespace {

/// Writes text positions for columns [begin, end) and advances `next`.
void write_text(at::TensorAccessor<std::int64_t, 2> ids, std::int64_t begin, std::int64_t end,
                std::int64_t& next) {
  for (std::int64_t t = begin; t < end; ++t, ++next) {
    for (int axis = 0; axis < 3; ++axis) ids[axis][t] = next;
  }
}

/// Writes the positions of one image of `rows` x `columns` merged patches that begins at column
/// `begin`.
void write_image(at::TensorAccessor<std::int64_t, 2> ids, std::int64_t begin, std::int64_t rows,
                 std::int64_t columns, std::int64_t& next) {
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const std::int64_t t = begin + row * columns + column;
      ids[0][t] = next;
      ids[1][t] = next + row;
      ids[2][t] = next + column;
    }
  }
  next += std::max(rows, columns);
}

}  // namespace

Positions mrope_positions(const ModelInput& input, std::int64_t merge) {
  require(input.spans.size() == input.images.size(),
          "The prompt has {} images and {} places for images.", input.images.size(),
          input.spans.size());
  const auto length = static_cast<std::int64_t>(input.token_ids.size());
  Positions positions{.ids = at::empty({3, length}, at::kLong)};
  auto ids = positions.ids.accessor<std::int64_t, 2>();
  std::int64_t done = 0;
  for (const ImageSpan& span : input.spans) {
    const ImageGrid& grid = input.images.at(span.image)->grid;
    require(grid.t == 1, "An image has {} frames, and still images have one.", grid.t);
    require(span.begin >= done && span.begin + span.length <= length &&
                span.length == grid.patches() / (merge * merge),
            "The image at token {} takes {} tokens, but its grid of {} x {} patches needs {}.",
            span.begin, span.length, grid.h, grid.w, grid.patches() / (merge * merge));
    write_text(ids, done, span.begin, positions.next);
    write_image(ids, span.begin, grid.h / merge, grid.w / merge, positions.next);
    done = span.begin + span.length;
  }
  write_text(ids, done, length, positions.next);
  return positions;
}

Tensor text_positions(std::int64_t first, std::int64_t count) {
  return at::arange(first, first + count, at::kLong).expand({3, count});
}

}  // namespace juror
