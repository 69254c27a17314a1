#include "train/distinct_images.h"

#include <map>

namespace juror {

DistinctFeatures encode_distinct(const Model& model,
                                 const std::vector<std::shared_ptr<const PixelImage>>& images) {
  if (images.empty()) return {};
  std::vector<std::shared_ptr<const PixelImage>> distinct;
  std::vector<std::int64_t> lengths;
  std::map<std::uint64_t, std::size_t> place;
  for (const auto& image : images) {
    if (!place.emplace(image->key, distinct.size()).second) continue;
    distinct.push_back(image);
    lengths.push_back(image->grid.patches() / model.config().vision.merged_patches());
  }
  const ImageFeatures features = model.encode_images(distinct);
  const auto encoded = static_cast<std::int64_t>(distinct.size());
  if (distinct.size() == images.size()) return {.features = features, .encoded = encoded};
  const std::vector<ImageFeatures> parts = features.split(lengths);
  std::vector<ImageFeatures> in_order;
  for (const auto& image : images) in_order.push_back(parts[place.at(image->key)]);
  return {.features = ImageFeatures::join(in_order), .encoded = encoded};
}

}  // namespace juror
