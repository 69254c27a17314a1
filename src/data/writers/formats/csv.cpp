// A table for people: pictures best first.
#include "data/writers/writer.h"

namespace juror {
namespace {

ExportRows rows(const ExportGroup& shown, GroupPictures&, const WriterOptions&) {
  ExportRows list;
  for (const std::size_t i : best_first(shown.group)) {
    const JudgedImage& image = shown.group.images[i];
    list.push_back({{"path", image.name},
                    {"rank", image.position},
                    {"score", image.score},
                    {"ci_low", image.score_low},
                    {"ci_high", image.score_high},
                    {"reason", image.reason},
                    {"group", shown.group.id}});
  }
  return list;
}

}  // namespace

ExportFormat csv_writer() {
  return {.name = "csv",
          .readers = "spreadsheets, pandas",
          .storage = Storage::kCsv,
          .takes_pairs = false,
          .rows = rows};
}

}  // namespace juror
