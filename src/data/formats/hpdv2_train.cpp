// HPDv2's training set, {prompt, file_path: [2], human_preference: [1, 0] or [0, 1]}.
#include "base/shown_json.h"
#include "data/format.h"

namespace juror {
namespace {

bool recognises(const Record& record) {
  return record.has("file_path") && record.has("human_preference") &&
         record.fields["human_preference"].is_array();
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "hpdv2");
  add_images(row, record, record.texts("file_path"), places);
  record.expect(row.images.size() == 2, "'file_path' names {} images; two are expected.",
                row.images.size());
  const nlohmann::json& one_hot = record.value("human_preference");
  const bool first = one_hot == nlohmann::json{1, 0};
  record.expect(first || one_hot == nlohmann::json{0, 1},
                "'human_preference' is {}; it must be [1, 0] or [0, 1].", shown_json(one_hot));
  row.example.ranking = pair_ranks(first ? 1 : -1);
  return row;
}

}  // namespace

DatasetFormat hpdv2_train_format() {
  return {"hpdv2-train", "HPDv2's pairs: train.json and train/ or train.tar.gz", recognises, read};
}

}  // namespace juror
