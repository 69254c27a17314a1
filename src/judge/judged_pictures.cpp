// The half of judged_rankings.h that finds pictures: as files, or in the data set of a journal.
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "data/dataset.h"
#include "judge/judged_rankings.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

void take_file(JudgedImage& image, const fs::path& file) {
  std::error_code unknown;
  if (!fs::is_regular_file(file, unknown) || fs::file_size(file, unknown) == 0) return;
  image.file = file;
  image.source = {.name = file.string(), .read = [file] {
                    const std::string bytes = read_file(file);
                    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
                  }};
}

void find_files(JudgedGroup& group, const fs::path& ranking, const PicturePlaces& places) {
  for (JudgedImage& image : group.images) {
    const fs::path name = image.name;
    for (const fs::path& place : {places.root / name, name, ranking.parent_path() / name}) {
      if (!image.source.read) take_file(image, place);
    }
  }
}

void take_row(JudgedGroup& group, const DatasetRow& row) {
  for (std::size_t i = 0; i < group.images.size(); ++i) {
    JudgedImage& image = group.images[i];
    require(i < row.example.images.size() && row.example.images[i] == image.name,
            "The example '{}' has other images in the data set than in the journal.", group.id);
    std::error_code unknown;
    const fs::path file = row.images[i].name;
    if (fs::exists(file, unknown)) {
      take_file(image, file);
      continue;
    }
    try {
      if (!row.images[i].read().empty()) image.source = row.images[i];
    } catch (const Error&) {  // stays without a source
    }
  }
}

void find_in_data(JudgedRankings& rankings, const PicturePlaces& places,
                  const std::function<void(JudgedGroup&)>& take) {
  std::map<std::string, JudgedGroup*> wanted;
  for (JudgedGroup& group : rankings.groups) wanted.emplace(group.id, &group);
  JudgedData data = *rankings.data;
  if (!places.data.empty()) data.path = places.data;
  require(fs::exists(data.path),
          "'{}' is a journal of the data set '{}', which is not there: --data DIR says where its "
          "pictures are.",
          rankings.file.string(), data.path);
  const auto reader = open_dataset(
      data.path, {.format = data.format.empty() ? "auto" : data.format, .split = data.split});
  while (!wanted.empty()) {
    const auto row = reader->next();
    if (!row) break;
    const auto group = wanted.find(row->example.id);
    if (group == wanted.end()) continue;
    take_row(*group->second, *row);
    take(*group->second);
    wanted.erase(group);
  }
  for (const auto& [id, group] : wanted) take(*group);
}

}  // namespace

void find_pictures(JudgedRankings& rankings, const PicturePlaces& places,
                   const std::function<void(JudgedGroup&)>& take) {
  if (rankings.data) return find_in_data(rankings, places, take);
  for (JudgedGroup& group : rankings.groups) {
    find_files(group, rankings.file, places);
    take(group);
  }
}

}  // namespace juror
