// Our own JSON Lines (data/jsonl.h).
#include "data/format.h"
#include "data/jsonl.h"

namespace juror {
namespace {

bool recognises(const Record& record) { return record.has("id") && record.has("images"); }

DatasetRow read(const Record& record, ImagePlaces& places) {
  for (const auto& [key, value] : record.fields.items()) {
    if (record.has(key)) record.value(key);  // refuses a type that is not read
  }
  DatasetRow row;
  row.example = preference_of(record.fields, record.place);
  for (const std::string& name : row.example.images)
    row.images.push_back(places.find(name, record));
  return row;
}

}  // namespace

DatasetFormat juror_format() {
  return {"juror", "Juror's JSON Lines: id, prompt, images, ranking, votes", recognises, read};
}

}  // namespace juror
