// HPDv2's training file (one-hot pairs) and HPDv3's (the preferred one first, with votes).
#include "data/writers/writer.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// HPDv2 names pictures without their folder.
std::string last_name(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

ExportRows hpdv2_rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) {
    list.push_back({{"prompt", shown.group.prompt},
                    {"file_path",
                     {last_name(pictures.file(pair.first)), last_name(pictures.file(pair.second))}},
                    {"human_preference", first_wins(pair) ? Json{1, 0} : Json{0, 1}}});
  }
  return list;
}

ExportRows hpdv3_rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  const auto& images = shown.group.images;
  for (const ExportPair& pair : shown.pairs) {
    const bool first = first_wins(pair);
    const std::size_t winner = first ? pair.first : pair.second;
    const std::size_t loser = first ? pair.second : pair.first;
    list.push_back({{"prompt", shown.group.prompt},
                    {"path1", pictures.file(winner)},
                    {"path2", pictures.file(loser)},
                    {"confidence", first ? pair.p : 1 - pair.p},
                    {"choice_dist",
                     {first ? pair.votes_first : pair.votes_second,
                      first ? pair.votes_second : pair.votes_first}},
                    {"model1", images[winner].generator},
                    {"model2", images[loser].generator}});
  }
  return list;
}

}  // namespace

ExportFormat hpdv2_writer() {
  return {.name = "hpdv2",
          .readers = "HPSv2's training: train.json and train/",
          .table = "train.json",
          .pictures = "train",
          .rows = hpdv2_rows};
}

ExportFormat hpdv3_writer() {
  return {.name = "hpdv3",
          .readers = "HPSv3's training: train.json and images/",
          .table = "train.json",
          .pictures = "images",
          .rows = hpdv3_rows};
}

}  // namespace juror
