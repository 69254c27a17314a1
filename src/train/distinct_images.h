// Images of a batch through the vision tower, each once however often it is listed.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/model.h"

namespace juror {

struct DistinctFeatures {
  ImageFeatures features;    ///< of the images in their order
  std::int64_t encoded = 0;  ///< images that passed the tower
};

/// One pass over the images that differ (by their keys); differentiable.
DistinctFeatures encode_distinct(const Model& model,
                                 const std::vector<std::shared_ptr<const PixelImage>>& images);

}  // namespace juror
