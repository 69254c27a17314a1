#include "image/composite.h"

namespace juror {

bool composite(const std::uint8_t* rgba, std::size_t pixels, const Color& background,
               std::uint8_t* rgb) {
  bool is_transparent = false;
  for (; pixels > 0; --pixels, rgba += 4, rgb += 3) {
    const unsigned colour[3] = {rgba[0], rgba[1], rgba[2]};
    const unsigned alpha = rgba[3];
    is_transparent |= alpha != 255;
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned sum = alpha * colour[c] + (255 - alpha) * background[c];
      rgb[c] = static_cast<std::uint8_t>((sum + 127) / 255);
    }
  }
  return is_transparent;
}

}  // namespace juror
