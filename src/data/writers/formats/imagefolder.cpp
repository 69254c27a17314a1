// Hugging Face's imagefolder: pairs, one a line of metadata.jsonl beside their pictures.
#include "data/writers/writer.h"

namespace juror {
namespace {

ExportRows rows(const ExportGroup& shown, GroupPictures& pictures, const WriterOptions&) {
  ExportRows list;
  for (const ExportPair& pair : shown.pairs) {
    const double label = pair.tie ? 0.5 : first_wins(pair) ? 1.0 : 0.0;
    list.push_back({{"jpg_0_file_name", pictures.file(pair.first)},
                    {"jpg_1_file_name", pictures.file(pair.second)},
                    {"caption", shown.group.prompt},
                    {"label_0", label},
                    {"label_1", 1 - label},
                    {"p", pair.p}});
  }
  return list;
}

}  // namespace

ExportFormat imagefolder_writer() {
  return {.name = "imagefolder",
          .readers = "datasets: load_dataset(\"imagefolder\", data_dir=DIR)",
          .table = "metadata.jsonl",
          .pictures = "images",
          .has_ties = true,
          .rows = rows};
}

}  // namespace juror
