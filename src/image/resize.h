// Antialiased resizing as Pillow does it, and cropping.
#pragma once

#include "image/image.h"

namespace juror {

/// Bicubic resize (a = -0.5) whose support grows with the shrink factor; horizontal pass, then vertical, each rounded to
/// 8 bits in fixed point with 22 fractional bits. Bit-equal to Pillow's Image.resize(size, BICUBIC) for RGB.
/// Throws Error when a side of the image or of `size` is not positive.
Image resize_bicubic(const Image& image, Size size);

/// As `resize_bicubic`, with the box filter (each result pixel is the mean of the area it covers when shrinking).
Image resize_box(const Image& image, Size size);

/// The pixels inside `rect`. Throws Error when it is empty or leaves the image.
Image crop(const Image& image, const Rect& rect);

}  // namespace juror
