// What a camera does to a picture in floats, beside the plain operations of pixels.h: grain, its
// own sharpening, and changes to a part of the picture.
#pragma once

#include <vector>

#include "synth/pixels.h"

namespace juror {

/// Adds `amount` times what a Gaussian blur of `sigma` takes away.
void sharpen(Pixels& pixels, double amount, double sigma);
/// Normal noise as `add_noise` makes it, but in grains: noise that a camera's filter has smoothed
/// with a Gaussian of `grain` pixels (0: none), with `sigma` at middle grey, more in the shadows
/// and less in the lights.
void add_grain(Pixels& pixels, double sigma, double grain, double luma_share, Random& random);

/// A smooth random field of [height * width] values in 0 … 1, of which about `share` are 1 and
/// which changes within a third of the long side.
std::vector<float> smooth_mask(int width, int height, double share, Random& random);
/// pixels + mask · (other - pixels), pixel by pixel.
void blend(Pixels& pixels, const Pixels& other, const std::vector<float>& mask);

}  // namespace juror
