// Orientation as three switches: swap the axes, then mirror each.
#include "image/orient.h"

#include <cstring>
#include <utility>

namespace juror {

Image upright(Image stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  const bool transpose = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image out = transpose ? Image(stored.height, stored.width) : Image(stored.width, stored.height);
  out.name = std::move(stored.name);
  out.shows_background = stored.shows_background;
  for (int y = 0; y < out.height; ++y) {
    const int v = flip_y ? out.height - 1 - y : y;
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < out.width; ++x, to += 3) {
      const int u = flip_x ? out.width - 1 - x : x;
      std::memcpy(to, transpose ? stored.row(u) + v * 3 : stored.row(v) + u * 3, 3);
    }
  }
  return out;
}

}  // namespace juror
