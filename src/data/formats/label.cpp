#include "data/formats/label.h"

#include "data/format.h"

namespace juror {
namespace {

std::string as_text(const Record& record, const std::string& key) {
  const nlohmann::json& value = record.value(key);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

double as_number(const Record& record, const std::string& key) {
  record.expect(record.has(key), "the number '{}' is missing.", key);
  const std::string text = as_text(record, key);
  std::size_t read = 0;
  double value = 0;
  try {
    value = std::stod(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  record.expect(read == text.size() && read > 0, "'{}' is {}; it must be a number.", key, text);
  return value;
}

}  // namespace

Ranks label_of(const Record& record) {
  if (record.has("label_0") || record.has("label_1"))
    return pair_ranks(as_number(record, "label_0") - as_number(record, "label_1"));
  if (!record.has("label")) return {};
  const std::string label = as_text(record, "label");
  if (label == "tie" || label == "0") return pair_ranks(0);
  record.expect(label == "1" || label == "2",
                "'label' is {}; it must be 1 or 2 (the better image), or 0 or tie.", label);
  return pair_ranks(label == "1" ? 1 : -1);
}

}  // namespace juror
