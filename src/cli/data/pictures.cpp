#include "cli/data/pictures.h"

#include <map>

#include "base/error.h"
#include "base/log.h"
#include "data/ratings.h"

namespace juror {
namespace {

std::optional<std::string> bytes_or_nothing(const ImageSource& source) {
  try {
    const std::vector<std::uint8_t> bytes = source.read();
    return std::string(bytes.begin(), bytes.end());
  } catch (const Error& error) {
    log_warning(error.what());
    return std::nullopt;
  }
}

/// Wanted pictures by their example.
using WantedPictures = std::map<std::string, std::vector<PictureId>>;

void read_row(const DatasetRow& row, const std::vector<PictureId>& wanted, PictureBytes& pictures) {
  for (const PictureId& id : wanted) {
    const bool is_there = id.index < row.images.size() && row.example.images[id.index] == id.name;
    if (is_there && !pictures.contains(id))
      pictures.emplace(id, bytes_or_nothing(row.images[id.index]));
  }
}

/// Of a table of ratings, whose pairs may have been drawn otherwise: by name.
void read_rated(const EvaluatedData& data, const DatasetOptions& options,
                const WantedPictures& missing, PictureBytes& pictures) {
  std::map<std::string, ImageSource> sources;
  for (RatedImage& image : read_rated_images(data.path, options).images)
    sources.emplace(image.name, std::move(image.image));
  for (const auto& [example, ids] : missing) {
    for (const PictureId& id : ids) {
      const auto source = sources.find(id.name);
      if (source != sources.end()) pictures.emplace(id, bytes_or_nothing(source->second));
    }
  }
}

}  // namespace

PictureBytes pictures_of_data(const EvaluatedData& data, const std::vector<PictureId>& wanted) {
  WantedPictures missing;
  for (const PictureId& id : wanted) {
    if (!id.example.empty()) missing[id.example].push_back(id);
  }
  PictureBytes pictures;
  try {
    const std::string format = data.format.empty() ? "auto" : data.format;
    const DatasetOptions options{.format = format, .split = data.split};
    if (holds_ratings(data.path, options)) {
      read_rated(data, options, missing, pictures);
      return pictures;
    }
    const auto reader = open_dataset(data.path, options);
    while (!missing.empty()) {
      const auto row = reader->next();
      if (!row) break;
      const auto place = missing.find(row->example.id);
      if (place == missing.end()) continue;
      read_row(*row, place->second, pictures);
      missing.erase(place);
    }
  } catch (const Error& error) {
    log_warning(fmt::format("The page lacks pictures: {}", error.what()));
  }
  return pictures;
}

}  // namespace juror
