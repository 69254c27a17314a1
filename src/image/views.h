// Views: what a model is shown of a photo: the whole of it, or an overview plus detail crops at native resolution.
// Chooses by pixels alone; deterministic.
#pragma once

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace juror {

/// crops = 0: one view, the whole image. Otherwise an overview and that many crops, fewer where they do not fit.
struct ViewOptions {
  std::int64_t working_size = 0;   ///< long side the photo is reduced to before anything else; 0: as it is
  std::int64_t overview_size = 0;  ///< long side of the overview; 0: the working image as it is
  std::int64_t crops = 0;          ///< detail crops
  std::int64_t crop_size = 0;      ///< side of a crop in pixels of the working image; needed when crops > 0
};

/// One picture for the model, and where it comes from.
struct View {
  Image image;
  Rect source;  ///< in pixels of the upright original
  bool overview = false;
};

/// The views of an upright photo, overview first. Never enlarges. Throws Error for an empty image or senseless options.
std::vector<View> make_views(const Image& image, const ViewOptions& options);

}  // namespace juror
