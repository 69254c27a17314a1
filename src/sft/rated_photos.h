// Real photos with what people think of each, for training: read when they are asked for, framed a
// little differently each time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/ratings.h"
#include "sft/severity_head.h"

namespace juror {

class RatedPhotos {
 public:
  /// The photos of one split of a data set of ratings (docs/data.md). Throws Error as
  /// read_rated_images does.
  RatedPhotos(const std::filesystem::path& path, const std::string& split,
              const ImageOptions& image = {});

  std::size_t size() const { return photos_.images.size(); }
  const std::string& name(std::size_t i) const { return photos_.images.at(i).name; }
  const Rating& rating(std::size_t i) const { return photos_.images.at(i).rating; }
  /// On a scale of 0 … 1.
  Opinion opinion(std::size_t i) const;
  /// The photo, upright. Throws Error naming it where it cannot be read. Thread-safe.
  Image photo(std::size_t i) const { return load_image(photos_.images.at(i).image); }

 private:
  RatedImages photos_;
};

/// The photo mirrored by chance and without up to a fifth of each side: what people think of it
/// hardly changes. Pixels stay as they are.
Image reframed(const Image& photo, Random random);

}  // namespace juror
