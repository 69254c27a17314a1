// How pictures are read: what a command offers, in one list of fields.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/options.h"

namespace juror {

using Color = std::array<std::uint8_t, 3>;  ///< red, green, blue

struct ImageOptions {
  std::string background = "white";
  /// Width × height as stored: room for 200-megapixel phones, 750 MB of RGB.
  std::int64_t max_image_pixels = 250'000'000;

  template <class Field>
  void fields(Field&& field) {
    field("background", background,
          "Colour that transparent pictures are shown on: white, black or #rrggbb");
    field("max_image_pixels", max_image_pixels,
          "Most pixels of a picture file; decoding takes 3 to 8 bytes for each", Range{1, 4.0e9});
  }
};

/// Throws Error unless `text` is white, black or #rrggbb.
Color parse_color(const std::string& text);

}  // namespace juror
