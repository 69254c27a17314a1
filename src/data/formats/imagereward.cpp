// ImageReward's training files, {id, prompt, generations, ranking}: 1 = best, with ties and gaps.
// The hub's zips are grouped into the same rows (data/imagereward_hub.h).
#include "data/format.h"

namespace juror {
namespace {

bool recognises(const Record& record) { return record.has("generations") && record.has("ranking"); }

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "imagereward");
  row.example.id = record.text("id");
  add_images(row, record, record.texts("generations"), places);
  row.example.ranking = record.ranks("ranking", row.images.size());
  return row;
}

}  // namespace

DatasetFormat imagereward_format() {
  return {"imagereward",
          "ImageReward: train.json, valid.json, test.json and images, or the hub's zips",
          recognises, read};
}

}  // namespace juror
