// HPDv1, {id, prompt, file_path: [n], human_preference: index of the best}.
#include "data/format.h"

namespace juror {
namespace {

bool recognises(const Record& record) {
  return record.has("file_path") && record.has("human_preference") &&
         record.fields["human_preference"].is_number();
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "hpdv1");
  if (record.has("id"))
    row.example.id = record.value("id").is_string() ? record.text("id") : record.value("id").dump();
  add_images(row, record, record.texts("file_path"), places);
  record.expect(row.images.size() >= 2, "'file_path' names {} images; two or more are expected.",
                row.images.size());
  const auto best =
      record.integer("human_preference", 0, static_cast<std::int64_t>(row.images.size()) - 1);
  row.example.ranking.assign(row.images.size(), 2);
  row.example.ranking[static_cast<std::size_t>(best)] = 1;
  return row;
}

}  // namespace

DatasetFormat hpdv1_format() {
  return {"hpdv1", "HPDv1: preference_train.json, preference_test.json and images", recognises,
          read};
}

}  // namespace juror
