// Reading and reducing a folder of photos.
#include "data/photos.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "base/text_hash.h"
#include "image/decode.h"
#include "image/resize.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

bool is_photo_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png" || extension == ".webp";
}

Image reduced(Image photo, int short_side) {
  const int side = std::min(photo.width, photo.height);
  if (side <= short_side) return photo;
  const double scale = static_cast<double>(short_side) / side;
  return resize_bicubic(photo, {static_cast<int>(std::lround(photo.width * scale)),
                                static_cast<int>(std::lround(photo.height * scale))});
}

template <class Iterator>
std::vector<std::string> names_in(Iterator entries, const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : entries)
    if (entry.is_regular_file() && is_photo_name(entry.path()))
      names.push_back(entry.path().lexically_relative(folder).generic_string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<std::string> picture_names(const fs::path& folder, bool recursive) {
  try {
    return recursive ? names_in(fs::recursive_directory_iterator(folder), folder)
                     : names_in(fs::directory_iterator(folder), folder);
  } catch (const fs::filesystem_error& error) {
    throw Error(
        fmt::format("Listing the pictures of '{}': {}.", folder.string(), error.code().message()));
  }
}

PhotoSet::PhotoSet(const fs::path& folder, const ImageOptions& image, int short_side,
                   std::int64_t most_bytes) {
  const ImageReader reader(image);
  require(fs::is_directory(folder),
          "Reading photos: '{}' is not a folder; scripts/photos fetches the training photos.",
          folder.string());
  names_ = picture_names(folder, /*recursive=*/true);
  require(!names_.empty(), "Reading photos: '{}' holds no JPEG, PNG or WebP file.",
          folder.string());
  std::int64_t bytes = 0;
  for (const std::string& name : names_) {
    photos_.push_back(reduced(reader.load(folder / name), short_side));
    bytes += static_cast<std::int64_t>(photos_.back().rgb.size());
    require(bytes <= most_bytes,
            "Reading photos: the photos of '{}' need more than {} MiB in memory (reached at '{}'); "
            "use fewer photos.",
            folder.string(), most_bytes >> 20, name);
  }
}

PhotoSet::PhotoSet(std::vector<Image> photos, std::vector<std::string> names)
    : photos_(std::move(photos)), names_(std::move(names)) {
  require(!photos_.empty() && photos_.size() == names_.size(),
          "A set of photos needs a name for each of its {} photos, not {}.", photos_.size(),
          names_.size());
}

std::uint64_t PhotoSet::fingerprint() const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < photos_.size(); ++i) {
    const auto& rgb = photos_[i].rgb;
    const std::string_view pixels(reinterpret_cast<const char*>(rgb.data()), rgb.size());
    hash = hash * 31 + text_hash(names_[i]);
    hash = hash * 31 + text_hash(pixels);
  }
  return hash;
}

}  // namespace juror
