#include "engine/feature_cache.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <set>
#include <utility>

namespace juror {
namespace {

/// A stand-in for `features` that shares no memory with other images of the same pass, so that it
/// can be dropped alone.
ImageFeatures own_copy(ImageFeatures features) {
  features.tokens = features.tokens.clone();
  for (Tensor& layer : features.deep) layer = layer.clone();
  return features;
}

}  // namespace

const FeatureCache::Entry* FeatureCache::find(const PixelImage& image) {
  const auto found = index_.find(image.key);
  if (found == index_.end() || !(found->second->grid == image.grid)) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

void FeatureCache::insert(Entry entry) {
  if (const auto found = index_.find(entry.key);
      found != index_.end()) {  // the same key on another grid
    bytes_ -= found->second->features.bytes();
    entries_.erase(found->second);
  }
  bytes_ += entry.features.bytes();
  entries_.push_front(std::move(entry));
  index_[entries_.front().key] = entries_.begin();
}

void FeatureCache::encode_missing(const Model& model, const Images& images) {
  Images pass;
  std::int64_t patches = 0;
  std::set<std::uint64_t> keys;
  for (const auto& image : images) {
    if (find(*image) || !keys.insert(image->key).second) {
      ++hits_;
      continue;
    }
    if (!pass.empty() && patches + image->grid.patches() > pass_patches_) {
      encode_pass(model, std::exchange(pass, {}));
      patches = 0;
    }
    pass.push_back(image);
    patches += image->grid.patches();
  }
  if (!pass.empty()) encode_pass(model, pass);
}

void FeatureCache::encode_pass(const Model& model, const Images& images) {
  const c10::InferenceMode off(false);  // a trainer may differentiate with what a judge encoded
  const c10::NoGradGuard no_grad;
  std::vector<std::int64_t> lengths;
  std::int64_t patches = 0;
  for (const auto& image : images) {
    lengths.push_back(image->grid.patches() / model.config().vision.merged_patches());
    patches += image->grid.patches();
  }
  const std::vector<ImageFeatures> features = model.encode_images(images).split(lengths);
  ++tower_passes_;
  images_encoded_ += static_cast<std::int64_t>(images.size());
  for (std::size_t i = 0; i < images.size(); ++i) {
    insert({.key = images[i]->key, .grid = images[i]->grid, .features = own_copy(features[i])});
  }
  most_patches_ = std::max(most_patches_, patches);
}

void FeatureCache::shrink() {
  while (bytes_ > capacity_bytes_) {
    bytes_ -= entries_.back().features.bytes();
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

ImageFeatures FeatureCache::encode(const Model& model,
                                   const std::vector<std::shared_ptr<const PixelImage>>& images) {
  if (images.empty()) return {};
  const c10::NoGradGuard no_grad;
  encode_missing(model, images);
  std::vector<ImageFeatures> features;
  for (const auto& image : images) features.push_back(find(*image)->features);
  shrink();  // only now: what this call needs must not push itself out
  return ImageFeatures::join(features);
}

void FeatureCache::clear() {
  entries_.clear();
  index_.clear();
  bytes_ = 0;
}

}  // namespace juror
