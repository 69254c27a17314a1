// Hugging Face's imagefolder: metadata.jsonl (or .csv) with columns NAME_file_name beside the
// images, e.g. jpg_0_file_name, jpg_1_file_name, caption, label_0, label_1.
#include "data/format.h"
#include "data/formats/label.h"

namespace juror {
namespace {

bool is_image_column(const std::string& name) {
  return name == "file_name" || name.ends_with("_file_name");
}

/// In the order of their names.
std::vector<std::string> image_columns(const Record& record) {
  std::vector<std::string> columns;
  for (const auto& [name, value] : record.fields.items()) {
    if (is_image_column(name)) columns.push_back(name);
  }
  return columns;
}

bool recognises(const Record& record) { return !image_columns(record).empty(); }

DatasetRow read(const Record& record, ImagePlaces& places) {
  DatasetRow row = new_row(prompt_of(record), "imagefolder");
  const std::vector<std::string> columns = image_columns(record);
  record.expect(!columns.empty(), "there is no column NAME_file_name.");
  for (const std::string& column : columns) add_image(row, record, column, places);
  if (record.has("ranking")) {
    row.example.ranking = record.ranks("ranking", row.images.size());
  } else if (row.images.size() == 2) {
    row.example.ranking = label_of(record);
  }
  return row;
}

}  // namespace

DatasetFormat imagefolder_format() {
  return {"imagefolder", "Hugging Face's imagefolder: metadata.jsonl with *_file_name", recognises,
          read};
}

}  // namespace juror
