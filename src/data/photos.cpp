// Reading and reducing a folder of photos.
#include "data/photos.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
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

std::vector<std::string> photo_names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_photo_name(entry.path()))
      names.push_back(entry.path().lexically_relative(folder).generic_string());
  std::sort(names.begin(), names.end());
  return names;
}

Image reduced(Image photo, int short_side) {
  const int side = std::min(photo.width, photo.height);
  if (side <= short_side) return photo;
  const double scale = static_cast<double>(short_side) / side;
  return resize_bicubic(photo, {static_cast<int>(std::lround(photo.width * scale)),
                                static_cast<int>(std::lround(photo.height * scale))});
}

}  // namespace

PhotoSet::PhotoSet(const fs::path& folder, const ImageOptions& image, int short_side,
                   std::int64_t most_bytes) {
  const ImageReader reader(image);
  require(fs::is_directory(folder),
          "Reading photos: '{}' is not a folder; scripts/photos fetches the training photos.",
          folder.string());
  names_ = photo_names(folder);
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

}  // namespace juror
