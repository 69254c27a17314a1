// Image features that were encoded before, so that an image passes the vision tower once however
// many prompts show it. Knows images by PixelImage::key alone.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "model/model.h"

namespace juror {

/// The least recently used features go first when there are more than `capacity_bytes`. One cache
/// serves one set of weights: call `clear` when they change. Features carry no gradient.
class FeatureCache {
 public:
  /// `pass_patches`: most patches of images that pass the tower together (a larger one by itself).
  explicit FeatureCache(std::uint64_t capacity_bytes = 1ULL << 30,
                        std::int64_t pass_patches = 1LL << 62)
      : capacity_bytes_(capacity_bytes), pass_patches_(pass_patches) {}

  /// Features of the images, one after another. Those not known yet pass the tower, each once even
  /// if listed twice.
  ImageFeatures encode(const Model& model,
                       const std::vector<std::shared_ptr<const PixelImage>>& images);

  /// Forgets all features; the counters stay.
  void clear();

  std::uint64_t bytes() const { return bytes_; }
  std::int64_t hits() const { return hits_; }                  ///< images asked for that were known
  std::int64_t most_patches() const { return most_patches_; }  ///< of one pass so far
  std::int64_t tower_passes() const { return tower_passes_; }  ///< calls of the vision tower so far
  std::int64_t images_encoded() const {
    return images_encoded_;
  }  ///< images that went through it so far

 private:
  struct Entry {
    std::uint64_t key;
    ImageGrid grid;
    ImageFeatures features;
  };

  using Images = std::vector<std::shared_ptr<const PixelImage>>;

  const Entry* find(const PixelImage& image);
  void encode_pass(const Model& model, const Images& images);
  void encode_missing(const Model& model,
                      const std::vector<std::shared_ptr<const PixelImage>>& images);
  void insert(Entry entry);
  void shrink();

  std::uint64_t capacity_bytes_, bytes_ = 0;
  std::int64_t pass_patches_;
  std::int64_t tower_passes_ = 0, images_encoded_ = 0, hits_ = 0, most_patches_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::map<std::uint64_t, std::list<Entry>::iterator> index_;
};

}  // namespace juror
