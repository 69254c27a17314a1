#include "image/difference_hash.h"

#include <bit>

#include "image/resize.h"

namespace juror {
namespace {

int luma(const Image& image, int x, int y) {
  const std::uint8_t* pixel = image.row(y) + 3 * x;
  return 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
}

std::uint64_t bits(const Image& grid, int dx, int dy) {
  std::uint64_t hash = 0;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      hash = hash << 1 | (luma(grid, x + dx, y + dy) > luma(grid, x, y) ? 1U : 0U);
  return hash;
}

}  // namespace

DifferenceHash difference_hash(const Image& image) {
  return {.across = bits(resize_box(image, {9, 8}), 1, 0),
          .down = bits(resize_box(image, {8, 9}), 0, 1)};
}

int hash_distance(const DifferenceHash& a, const DifferenceHash& b) {
  return std::popcount(a.across ^ b.across) + std::popcount(a.down ^ b.down);
}

}  // namespace juror
