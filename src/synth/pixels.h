// A picture in floats, and the few operations that defects are made of. Fast enough to make
// training data on the fly.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "image/image.h"

namespace juror {

/// RGB in 0 … 255, rows top down, interleaved: `values` is [height, width, 3]. Values may leave the
/// range in between.
struct Pixels {
  int width = 0, height = 0;
  std::vector<float> values;

  explicit Pixels(const Image& image);
  Image to_image() const;  ///< rounded and clipped
};

/// v → v · scale[channel] + offset[channel].
void scale_and_shift(Pixels& pixels, const std::array<float, 3>& scale,
                     const std::array<float, 3>& offset);
/// Moves every pixel from (0) or away from (above 1) the mean of its three channels.
void change_saturation(Pixels& pixels, float factor);
/// Cuts to 0 … 255.
void clip(Pixels& pixels);
/// Separable, radius ⌈3σ⌉, edges repeated.
void gaussian_blur(Pixels& pixels, double sigma);
/// Mean along a line of `length` pixels through each pixel, edges repeated. angle in radians.
void motion_blur(Pixels& pixels, double length, double angle);
/// Mean over the places `path` [x, y], relative to each pixel and shared out between the pixels
/// around them, edges repeated.
void path_blur(Pixels& pixels, const std::vector<std::array<double, 2>>& path);
/// Mean over a disc of `radius` pixels, as a lens out of focus makes it, edges repeated.
void disc_blur(Pixels& pixels, double radius);
/// Normal noise of standard deviation `sigma`, of whose variance `luma_share` is common to the
/// three channels.
void add_noise(Pixels& pixels, double sigma, double luma_share, Random& random);

/// Flat blocks of about `block` pixels: shrunk by the mean, enlarged without smoothing.
Image pixelate(const Image& image, double block);

}  // namespace juror
