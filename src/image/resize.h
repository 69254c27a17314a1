// Antialiased resizing as Pillow does it, and cropping.
#pragma once

#include "image/image.h"

namespace juror {

/// Bicubic resize (a = -0.5) whose support grows with the shrink factor; two passes, each rounded
/// to 8 bits in fixed point with 22 fractional bits. Bit-equal to Image.resize(size, BICUBIC) of
/// Pillow 13 for RGB. The horizontal pass comes first, except where the height loses more than
/// twice the rows that the width loses columns; Pillow before 13 knew no exception, so there the
/// two differ (by a level or so on photos). Throws Error when a side of the image or of `size` is
/// not positive.
Image resize_bicubic(const Image& image, Size size);

/// As `resize_bicubic`, with the box filter (each result pixel is the mean of the area it covers
/// when shrinking).
Image resize_box(const Image& image, Size size);

/// The pixels inside `rect`. Throws Error when it is empty or leaves the image.
Image crop(const Image& image, const Rect& rect);

}  // namespace juror
