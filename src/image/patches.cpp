// Normalising is a table of 256 values a channel; cutting is six loops in the order of the row
// layout.
#include "image/patches.h"

#include "base/error.h"
#include "image/resize.h"

namespace juror {
namespace {

using Table = std::array<std::array<float, 256>, 3>;

void check(const PatchOptions& o) {
  require(o.patch > 0 && o.merge > 0 && o.temporal > 0 && o.bounds.factor == o.patch * o.merge,
          "Patch options contradict each other: patch {}, merge {}, temporal {}, resize factor {}; "
          "expected positive "
          "numbers and factor = patch x merge.",
          o.patch, o.merge, o.temporal, o.bounds.factor);
  for (const float deviation : o.std)
    require(deviation != 0.0F, "image_std holds a zero; pixels cannot be normalised.");
}

/// What every byte becomes in every channel; the reference rescales and normalises in fp32, in this
/// order.
Table normalised(const PatchOptions& options) {
  Table table{};
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t v = 0; v < 256; ++v) {
      const auto rescaled = static_cast<float>(static_cast<double>(v) * options.rescale);
      table[c][v] = (rescaled - options.mean[c]) / options.std[c];
    }
  }
  return table;
}

/// One row: the patch whose top left pixel is (left, top), channel by channel, every frame alike.
float* write_patch(const Image& image, int left, int top, const PatchOptions& options,
                   const Table& table, float* out) {
  for (std::size_t c = 0; c < 3; ++c) {
    for (int frame = 0; frame < options.temporal; ++frame) {
      for (int y = top; y < top + options.patch; ++y) {
        const std::uint8_t* pixel = image.row(y) + left * 3 + c;
        for (int x = 0; x < options.patch; ++x, pixel += 3) *out++ = table[c][*pixel];
      }
    }
  }
  return out;
}

}  // namespace

Grid patch_grid(Size size, const PatchOptions& options, const std::string& name) {
  check(options);
  const Size resized = smart_resize(size, options.bounds, name);
  return {1, resized.height / options.patch, resized.width / options.patch};
}

std::int64_t image_tokens(const Grid& grid, const PatchOptions& options) {
  return grid.patches() / (std::int64_t{options.merge} * options.merge);
}

PatchRows patch_rows(const Image& image, const PatchOptions& options) {
  PatchRows rows;
  rows.grid = patch_grid(image.size(), options, image.name);
  rows.row_length = std::int64_t{3} * options.temporal * options.patch * options.patch;
  rows.values.resize(static_cast<std::size_t>(rows.grid.patches() * rows.row_length));
  const Image resized = resize_bicubic(image, smart_resize(image.size(), options.bounds));
  const Table table = normalised(options);
  const int block = options.patch * options.merge;
  float* out = rows.values.data();
  for (int block_y = 0; block_y < resized.height; block_y += block) {
    for (int block_x = 0; block_x < resized.width; block_x += block) {
      for (int y = block_y; y < block_y + block; y += options.patch) {
        for (int x = block_x; x < block_x + block; x += options.patch) {
          out = write_patch(resized, x, y, options, table, out);
        }
      }
    }
  }
  return rows;
}

}  // namespace juror
