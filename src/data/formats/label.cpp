#include "data/formats/label.h"

#include <cmath>

#include "data/format.h"

namespace juror {
namespace {

std::string as_text(const Record& record, const std::string& key) {
  const nlohmann::json& value = record.value(key);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The finite number that the whole text is.
std::optional<double> number_of(const std::string& text) {
  std::size_t read = 0;
  try {
    const double value = std::stod(text, &read);
    if (read == text.size() && std::isfinite(value)) return value;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

double as_number(const Record& record, const std::string& key) {
  record.expect(record.has(key), "the number '{}' is missing.", key);
  const std::string text = as_text(record, key);
  const std::optional<double> value = number_of(text);
  record.expect(value.has_value(), "'{}' is {}; it must be a number.", key, text);
  return *value;
}

/// Tables turn whole columns into numbers with a point where a value is missing, and write that one
/// as "not a number".
bool is_not_a_number(const nlohmann::json& value) {
  return value.is_number_float() && std::isnan(value.get<double>());
}

}  // namespace

Ranks label_of(const Record& record) {
  if (record.has("label_0") || record.has("label_1"))
    return pair_ranks(as_number(record, "label_0") - as_number(record, "label_1"));
  if (!record.has("label") || is_not_a_number(record.value("label"))) return {};
  const std::string label = as_text(record, "label");
  const std::optional<double> number = number_of(label);
  if (label == "tie" || number == 0) return pair_ranks(0);
  record.expect(number == 1 || number == 2,
                "'label' is {}; it must be 1 or 2 (the better image), or 0 or tie.", label);
  return pair_ranks(number == 1 ? 1 : -1);
}

}  // namespace juror
