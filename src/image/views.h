// Views: what a model is shown of a photo: the whole of it, or an overview plus detail crops at
// native resolution. Chooses by pixels alone; deterministic, in integers, so that any program can
// repeat it.
//
// 1. The working image is the photo with its long side reduced to `working_size`.
// 2. No crops: that image is the one view. Otherwise the overview is the working image with its
//    long side reduced to `overview_size`, and crops are cut from the working image, untouched.
// 3. Candidates for crops start at 0, s, 2s, … along each side, s = crop_size / 2, and at the far
//    edge. The detail of a pixel is how much its brightness (R + G + B) differs from its left and
//    from its upper neighbour, in all; the detail of a candidate is the sum over its pixels. The
//    strongest is taken (of equals the first, row by row), then the strongest that overlaps none
//    taken so far, until there are enough or none is left. `plain_crops` more are chosen likewise
//    where detail is weakest (of equals the first): there noise, blocks and banding show.
// Reducing is `resize_bicubic`; a short side is rounded half up and is at least 1. Nothing is ever
// enlarged. A crop is cut to the working image where that is smaller, and there is none where it
// would repeat the overview pixel by pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace juror {

/// How a photo is shown. Zero switches a step off.
struct ViewOptions {
  /// Long side the photo is reduced to before anything else; 0: as it is.
  std::int64_t working_size = 0;
  std::int64_t overview_size = 0;  ///< long side of the overview; 0: the working image as it is
  std::int64_t crops = 0;          ///< detail crops; a small photo may have room for fewer
  /// Side of a crop in pixels of the working image; needed when there are crops.
  std::int64_t crop_size = 0;
  std::int64_t plain_crops = 0;  ///< crops where detail is missing, beside `crops`
};

/// One picture for the model, and where it comes from.
struct View {
  Image image;
  Rect source;            ///< in pixels of the upright original, rounded outwards
  bool overview = false;  ///< shows the whole photo
};

/// The views of an upright photo: the overview first, then the crops, most detail first, then the
/// plain crops, least detail first. Throws Error for an empty image or options that make no sense.
std::vector<View> make_views(const Image& image, const ViewOptions& options);

}  // namespace juror
