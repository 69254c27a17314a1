// Where the images of a data set are: folders and archives around its table. Decodes nothing.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/archive/archive.h"
#include "data/table.h"

namespace juror {

/// Finds images by the names that a table gives them. For a table ROOT/train.json of the split
/// train a name is looked for in ROOT, ROOT/train, ROOT/images, ROOT/train_images,
/// ROOT/test_images, and those of data sets of ratings, ROOT/1024x768 and ROOT/TestImage among them
/// (folders first, and the one that had the last image first of all), then in archives of those
/// names in ROOT (train.zip, train.tar, train.tar.gz, …).
class ImagePlaces {
 public:
  /// `roots`: folders in the order they are tried.
  ImagePlaces(const std::vector<std::filesystem::path>& roots, const std::string& split);
  /// These archives and no other place.
  explicit ImagePlaces(std::vector<std::filesystem::path> archives);

  /// The image that a record calls `name`; a missing file is an error only when it is read. Throws
  /// Error naming the record's place: a name that is absolute or climbs out with "..", an archive
  /// that cannot be opened.
  ImageSource find(const std::string& name, const Record& record);

 private:
  const Archive& opened(const std::filesystem::path& path);

  std::vector<std::filesystem::path> folders_, archives_;
  std::size_t last_folder_ = 0;
  std::map<std::filesystem::path, std::shared_ptr<const Archive>> opened_;
};

}  // namespace juror
