// Pairs in a table of one's own, CSV, JSON Lines or parquet: prompt (or caption, text …), image_1,
// image_2, label; optionally model_1, model_2.
#include "data/format.h"
#include "data/formats/label.h"

namespace juror {
namespace {

bool recognises(const Record& record) {
  return record.fields.contains("image_1") && record.fields.contains("image_2");
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(prompt_of(record), "pairs");
  row.example.id = record.text_or("id", "");
  add_image(row, record, "image_1", places);
  add_image(row, record, "image_2", places);
  row.example.ranking = label_of(record);
  add_generators(row, record, {"model_1", "model_2"});
  return row;
}

}  // namespace

DatasetFormat pairs_format() {
  return {"pairs", "A table of prompt, image_1, image_2, label (CSV, JSON Lines or parquet)",
          recognises, read};
}

}  // namespace juror
