// One picture a row with its score, for training on single pictures (KTO, reward regression): an
// imagefolder. `label`: better than the average picture of its group.
#include "data/writers/writer.h"

namespace juror {
namespace {

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  for (const std::size_t i : best_first(shown.group)) {
    const JudgedImage& image = shown.group.images[i];
    list.push_back({{"file_name", pictures.file(i)},
                    {"group", shown.group.id},
                    {"prompt", shown.group.prompt},
                    {"rank", image.position},
                    {"score", image.score},
                    {"ci_low", image.score_low},
                    {"ci_high", image.score_high},
                    {"label", image.score > 0.5},
                    {"reason", image.reason}});
  }
  return list;
}

}  // namespace

ExportFormat scores_writer() {
  return {.name = "scores",
          .readers = "Diffusion-KTO and reward regression: load_dataset(\"imagefolder\", …)",
          .table = "metadata.jsonl",
          .pictures = "images",
          .takes_pairs = false,
          .rows = rows};
}

}  // namespace juror
