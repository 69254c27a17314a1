// Laying pixels with transparency on a colour, as Pillow's paste with a mask does.
#pragma once

#include <cstddef>
#include <cstdint>

#include "image/options.h"

namespace juror {

/// `pixels` of straight RGBA become RGB on `background`: round((alpha · colour + (255 − alpha) ·
/// background) / 255). `rgb` may be `rgba` itself. Returns whether any was not opaque.
bool composite(const std::uint8_t* rgba, std::size_t pixels, const Color& background,
               std::uint8_t* rgb);

}  // namespace juror
