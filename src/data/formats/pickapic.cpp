// Pick-a-Pic v1 and v2 (parquet), and what imitates it: caption, jpg_0, jpg_1, label_0, label_1 (1
// and 0, or 0.5 twice).
#include "data/format.h"

namespace juror {
namespace {

bool recognises(const Record& record) {
  return record.fields.contains("label_0") && record.fields.contains("caption") &&
         record.picture != nullptr;
}

Ranks ranks_of(const Record& record) {
  if (record.has("has_label") && record.value("has_label") == false) return {};
  const double first = record.number("label_0"), second = record.number("label_1");
  const bool fits = first + second == 1 && (first == 0 || first == 0.5 || first == 1);
  record.expect(fits, "label_0 is {} and label_1 {}; they must be 1 and 0, 0 and 1, or 0.5 twice.",
                first, second);
  return pair_ranks(first - second);
}

/// Images are called by their uids, so that the same one in two rows is known as such.
void name_by_uid(DatasetRow& row, const Record& record) {
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string uid = fmt::format("image_{}_uid", i);
    if (record.has(uid)) row.example.images[i] = record.text(uid);
  }
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("caption"), "pickapic");
  add_image(row, record, "jpg_0", places);
  add_image(row, record, "jpg_1", places);
  name_by_uid(row, record);
  row.example.ranking = ranks_of(record);
  add_generators(row, record, {"model_0", "model_1"});
  if (record.has("num_example_per_prompt"))
    row.weight = 1.0 / static_cast<double>(record.integer("num_example_per_prompt", 1, 1'000'000));
  return row;
}

}  // namespace

DatasetFormat pickapic_format() {
  return {"pickapic", "Pick-a-Pic v1 and v2: parquet with jpg_0, jpg_1 and labels", recognises,
          read};
}

}  // namespace juror
