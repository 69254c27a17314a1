// A folder of real photos kept in memory at a reduced size, the raw material of synthetic data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "image/image.h"
#include "image/options.h"

namespace juror {

/// JPEG, PNG and WebP files of a folder, by their names, as paths relative to it with '/', sorted;
/// those of its subfolders too if `recursive`. Throws Error if it is no folder that can be read.
std::vector<std::string> picture_names(const std::filesystem::path& folder, bool recursive);

/// All JPEG, PNG and WebP photos of a folder and its subfolders, in the order of their relative
/// paths, so that index i names the same photo on every machine. Immutable after construction: safe
/// to share between threads.
class PhotoSet {
 public:
  /// Reads every photo and shrinks it until its short side has `short_side` pixels (smaller photos
  /// stay as they are). Throws Error naming the folder if it is missing or holds no photo, and the
  /// file if one cannot be read, or if the reduced photos together would need more than
  /// `most_bytes`.
  explicit PhotoSet(const std::filesystem::path& folder, const ImageOptions& image = {},
                    int short_side = 512, std::int64_t most_bytes = std::int64_t{1} << 30);
  /// Takes pictures that are in memory already (tests).
  PhotoSet(std::vector<Image> photos, std::vector<std::string> names);

  int size() const { return static_cast<int>(photos_.size()); }
  const Image& photo(int index) const { return photos_.at(static_cast<std::size_t>(index)); }
  /// Path relative to the folder, with '/'.
  const std::string& name(int index) const { return names_.at(static_cast<std::size_t>(index)); }

  /// A hash of names and pixels: the same set or another.
  std::uint64_t fingerprint() const;

 private:
  std::vector<Image> photos_;
  std::vector<std::string> names_;
};

}  // namespace juror
