#include "sft/rated_photos.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "image/orient.h"
#include "image/resize.h"

namespace juror {
namespace {

constexpr double kLeastKept = 0.8;  // of each side
constexpr int kMirrored = 2;        // as an Exif orientation

DatasetOptions of_split(const std::string& split, const ImageOptions& image) {
  DatasetOptions options;
  options.split = split;
  options.image = image;
  return options;
}

}  // namespace

RatedPhotos::RatedPhotos(const std::filesystem::path& path, const std::string& split,
                         const ImageOptions& image)
    : photos_(read_rated_images(path, of_split(split, image))) {}

Opinion RatedPhotos::opinion(std::size_t i) const {
  const auto& [low, high, _] = photos_.scale;
  const Rating& said = rating(i);
  Opinion opinion{.mean = static_cast<float>((said.mean - low) / (high - low)), .spread = {}};
  if (said.sd) opinion.spread = static_cast<float>(*said.sd / (high - low));
  return opinion;
}

Image reframed(const Image& photo, Random random) {
  const double kept = random.uniform(kLeastKept, 1.0);
  const auto part = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(kept * side)));
  };
  Rect rect{0, 0, part(photo.width), part(photo.height)};
  const auto start = [&](int side, int length) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(side - length + 1)));
  };
  rect.x = start(photo.width, rect.width);
  rect.y = start(photo.height, rect.height);
  Image framed = crop(photo, rect);
  return random.uniform() < 0.5 ? upright(std::move(framed), kMirrored) : framed;
}

}  // namespace juror
