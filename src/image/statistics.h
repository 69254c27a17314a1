// Simple statistics of a picture: sharpness, noise, compression, exposure, colour. What a judge
// must beat that looks at nothing else.
#pragma once

#include <cstddef>

#include "image/image.h"

namespace juror {

/// Luma is Rec. 601 (0.299 R + 0.587 G + 0.114 B), 0 … 255. Pictures with a long side above 1024
/// pixels are shrunk to it first.
struct ImageStatistics {
  double sharpness_fine = 0;    ///< log(1 + variance of the 4-neighbour Laplacian)
  double sharpness_coarse = 0;  ///< the same on the picture at half its size
  double noise = 0;  ///< log(1 + σ), σ in levels by Immerkær 1996 (doi 10.1006/cviu.1996.0060)
  double blockiness = 0;  ///< log of the mean step across 8-pixel block borders over the mean step
                          ///< elsewhere, each + 0.1 levels
  double flatness = 0;    ///< share of pixels equal to their right neighbour in all channels
  /// Coherence of the structure tensor: 0 gradients in all directions, 1 in one alone.
  double direction = 0;
  double brightness = 0;      ///< mean luma, 0 … 1
  double exposure_error = 0;  ///< |brightness − ½|
  double contrast = 0;        ///< standard deviation of luma, 0 … ½
  double range = 0;           ///< 99th less 1st percentile of luma, 0 … 1
  double dark_share = 0;      ///< share of pixels with luma ≤ 5, rounded
  double bright_share = 0;    ///< share of pixels with luma ≥ 250, rounded
  double haze = 0;            ///< mean of min(R, G, B), 0 … 1: the dark channel, which haze lifts
  double colourfulness = 0;   ///< Hasler and Süsstrunk 2003 (doi 10.1117/12.477378), over 255
  /// Distance of the mean colour from grey in (R − G, (R + G)/2 − B), over 255.
  double colour_cast = 0;

  /// Calls `visit(name, value)` for each, in this order.
  template <class Visit>
  void visit(Visit&& visit) const {
    visit("sharpness_fine", sharpness_fine);
    visit("sharpness_coarse", sharpness_coarse);
    visit("noise", noise);
    visit("blockiness", blockiness);
    visit("flatness", flatness);
    visit("direction", direction);
    visit("brightness", brightness);
    visit("exposure_error", exposure_error);
    visit("contrast", contrast);
    visit("range", range);
    visit("dark_share", dark_share);
    visit("bright_share", bright_share);
    visit("haze", haze);
    visit("colourfulness", colourfulness);
    visit("colour_cast", colour_cast);
  }
};

/// Statistics that a picture is too small for (a Laplacian needs 3 × 3 pixels) are 0. Throws Error
/// for an empty picture.
ImageStatistics image_statistics(const Image& image);

}  // namespace juror
