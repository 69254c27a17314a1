#include "data/image_places.h"

#include <algorithm>
#include <fstream>

namespace juror {
namespace {

namespace fs = std::filesystem;

void check_inside(const std::string& name, const Record& record) {
  const fs::path path = name;
  const bool climbs = std::find(path.begin(), path.end(), fs::path("..")) != path.end();
  record.expect(!name.empty() && name.find('\0') == std::string::npos, "an image has no name.");
  record.expect(!path.is_absolute() && !climbs,
                "the image name '{}' leads out of the data set's folder.", name);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;  // a name that is too long names no file
  return fs::is_regular_file(path, ignored);
}

std::vector<std::uint8_t> read_image_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  require(is_file(path) && stream.is_open(), "the image '{}' is missing.", path.string());
  std::vector<std::uint8_t> bytes(fs::file_size(path));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  require(static_cast<std::size_t>(stream.gcount()) == bytes.size(),
          "the image '{}' cannot be read.", path.string());
  return bytes;
}

ImageSource file_source(const fs::path& path) {
  return {path.string(), [path] { return read_image_file(path); }};
}

}  // namespace

ImagePlaces::ImagePlaces(const std::vector<fs::path>& roots, const std::string& split) {
  std::vector<std::string> names = {"images",   "test_images", "Images",
                                    "1024x768", "512x384",     "TestImage"};  // KonIQ, SPAQ
  if (!split.empty()) names.insert(names.begin(), {split, split + "_images"});
  for (const fs::path& root : roots) {
    folders_.push_back(root);
    for (const std::string& name : names) {
      if (fs::is_directory(root / name)) folders_.push_back(root / name);
      for (const char* ending : {".zip", ".tar", ".tar.gz", ".tgz"}) {
        if (is_file(root / (name + ending))) archives_.push_back(root / (name + ending));
      }
    }
  }
}

ImagePlaces::ImagePlaces(std::vector<fs::path> archives) : archives_(std::move(archives)) {}

const Archive& ImagePlaces::opened(const fs::path& path) {
  std::shared_ptr<const Archive>& archive = opened_[path];
  if (archive == nullptr) archive = open_archive(path);
  return *archive;
}

ImageSource ImagePlaces::find(const std::string& name, const Record& record) {
  check_inside(name, record);
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const std::size_t at = (last_folder_ + i) % folders_.size();
    if (!is_file(folders_[at] / name)) continue;
    last_folder_ = at;
    return file_source(folders_[at] / name);
  }
  for (const fs::path& path : archives_) {
    if (!opened(path).contains(name)) continue;
    return {path.string() + "!" + name,
            [archive = opened_[path], name] { return archive->read(name); }};
  }
  if (!folders_.empty()) return file_source(folders_[last_folder_] / name);
  return {name, [name, archive = archives_.front()]() -> std::vector<std::uint8_t> {
            throw Error(fmt::format("the image '{}' is missing in '{}'.", name, archive.string()));
          }};
}

}  // namespace juror
