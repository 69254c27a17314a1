// HPDv2's test set, {prompt, image_path: [n], rank: [n], raw_annotations: [{rank: [n]}]}: ten full
// rankings a prompt.
#include "data/format.h"

namespace juror {
namespace {

bool recognises(const Record& record) {
  return record.has("image_path") && record.fields["image_path"].is_array() && record.has("rank");
}

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(record.text("prompt"), "hpdv2");
  add_images(row, record, record.texts("image_path"), places);
  record.expect(row.images.size() >= 2, "'image_path' names {} images; two or more are expected.",
                row.images.size());
  row.example.ranking = record.ranks("rank", row.images.size());
  if (!record.has("raw_annotations")) return row;
  const nlohmann::json& annotations = record.value("raw_annotations");
  record.expect(annotations.is_array(), "'raw_annotations' must be a list.");
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const Record one{.fields = annotations[i],
                     .place = fmt::format("{}, raw_annotations {}", record.place, i)};
    one.expect(one.fields.is_object(), "it must be an object with 'rank'.");
    row.example.votes.push_back(one.ranks("rank", row.images.size()));
  }
  return row;
}

}  // namespace

DatasetFormat hpdv2_test_format() {
  return {"hpdv2-test", "HPDv2's rankings: test.json and test/", recognises, read};
}

}  // namespace juror
