#include "cli/rows.h"

#include <nlohmann/json.hpp>

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

std::string csv_cell(const Json& value) {
  if (value.is_null()) return "";
  const std::string text = value.is_string()
                               ? value.get<std::string>()
                               : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

bool is_rows(Format format) { return format == Format::kJsonl || format == Format::kCsv; }

void print_rows(Output& out, const Json& rows) {
  for (const Json& row : rows) {
    if (out.format() == Format::kJsonl) {
      out.print_json_line(row);
      continue;
    }
    std::string keys, cells;
    for (const auto& [key, value] : row.items()) {
      keys += (keys.empty() ? "" : ",") + csv_cell(key);
      cells += (&value == &row.begin().value() ? "" : ",") + csv_cell(value);
    }
    if (&row == &rows.front()) out.print(keys + "\r\n");
    out.print(cells + "\r\n");
  }
}

}  // namespace juror
