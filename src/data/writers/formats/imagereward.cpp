// ImageReward's training file: whole rankings, 1 = best; equal scores are ties.
#include "data/writers/writer.h"

namespace juror {
namespace {

constexpr double kSameScore = 1e-9;  // of two copies of one picture

}  // namespace

std::vector<std::int64_t> ranks_of(const JudgedGroup& group) {
  std::vector<std::int64_t> ranks(group.images.size());
  const JudgedImage* before = nullptr;
  std::int64_t rank = 0;
  for (const std::size_t i : best_first(group)) {
    const JudgedImage& image = group.images[i];
    if (before == nullptr || before->score - image.score > kSameScore) rank = image.position;
    ranks[i] = rank;
    before = &image;
  }
  return ranks;
}

namespace {

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < shown.group.images.size(); ++i) files.push_back(pictures.file(i));
  return {{{"id", shown.group.id},
           {"prompt", shown.group.prompt},
           {"generations", files},
           {"ranking", ranks_of(shown.group)}}};
}

/// The same as Juror's own JSON Lines.
ExportRows juror_rows(const ExportGroup& shown, GroupPictures& pictures,
                      const WriterOptions& options) {
  const ExportRows list = rows(shown, pictures, options);
  return {{{"id", list[0]["id"]},
           {"prompt", list[0]["prompt"]},
           {"images", list[0]["generations"]},
           {"ranking", list[0]["ranking"]},
           {"source", "juror"}}};
}

}  // namespace

ExportFormat imagereward_writer() {
  return {.name = "imagereward",
          .readers = "ImageReward's training: train.json and images/",
          .table = "train.json",
          .pictures = "images",
          .takes_pairs = false,
          .rows = rows};
}

ExportFormat juror_writer() {
  return {.name = "juror",
          .readers = "juror train, juror eval: whole rankings",
          .table = "train.jsonl",
          .pictures = "images",
          .takes_pairs = false,
          .rows = juror_rows};
}

}  // namespace juror
