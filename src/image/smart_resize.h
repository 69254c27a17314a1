// The size Qwen-VL's processor gives a picture: both sides multiples of a factor, pixel count
// within bounds.
#pragma once

#include <cstdint>
#include <string>

#include "image/image.h"

namespace juror {

/// factor = patch size × merge size: 28 for Qwen2-VL and Qwen2.5-VL, 32 for Qwen3-VL.
struct PixelBounds {
  int factor = 28;
  std::int64_t min_pixels = 3136;
  std::int64_t max_pixels = 12'845'056;
};

/// The sides to resize to. Throws Error naming the sizes when the sides are beyond 200 : 1, when a
/// side is not positive, or when the bounds make no sense, with the picture's `name` in front where
/// it has one. Source: smart_resize of transformers' qwen2_vl image processor (round half to even,
/// double arithmetic).
Size smart_resize(Size size, const PixelBounds& bounds, const std::string& name = {});

}  // namespace juror
