#include "records/json_lines.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parse_json.h"
#include "base/shown_json.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// Null when the key is absent.
const Json& value_at(const Json& object, const std::string& key) {
  static const Json null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

}  // namespace

JsonLinesEnd each_json_line(const std::filesystem::path& file,
                            const std::function<void(const Json&, const LinePlace&)>& take) {
  std::ifstream stream(file, std::ios::binary);
  require(stream.good() && !std::filesystem::is_directory(file), "Cannot read '{}'.",
          file.string());
  JsonLinesEnd end;
  LinePlace place{.file = file, .line = 0};
  std::string line;
  while (std::getline(stream, line)) {
    ++place.line;
    place.is_whole = !stream.eof();
    place.end += line.size() + (place.is_whole ? 1 : 0);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json json = json_or_discarded<Json>(line);
    if (json.is_discarded() && stream.eof()) {
      end.was_cut = true;
      return end;
    }
    require(json.is_object(), "{}: this line is no JSON object: {}{}", place.str(),
            line.substr(0, 60), line.size() > 60 ? " …" : "");
    take(json, place);
    ++end.lines;
  }
  require(!stream.bad(), "Cannot read '{}' behind line {}.", file.string(), place.line);
  return end;
}

void JsonLinesWriter::append(const Json& line) { append_all(std::span(&line, 1)); }

void JsonLinesWriter::append_all(std::span<const Json> lines) {
  errno = 0;
  if (!stream_.is_open()) stream_.open(file_, std::ios::binary | std::ios::app);
  std::string text;
  for (const Json& line : lines)
    text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  stream_ << text << std::flush;
  if (!stream_)
    throw Error(fmt::format("Cannot write '{}': {}.", file_.string(),
                            errno == 0 ? "the system does not say why" : std::strerror(errno)),
                ErrorKind::kSystem);
}

Json json_number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double number_at(const Json& object, const std::string& key, const std::string& place) {
  const Json& value = value_at(object, key);
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  require(value.is_number(), "{}: '{}' is {}, but must be a number.", place, key,
          shown_json(value));
  return value.get<double>();
}

std::string text_at(const Json& object, const std::string& key, const std::string& place) {
  const Json& value = value_at(object, key);
  if (value.is_null()) return {};
  require(value.is_string(), "{}: '{}' is {}, but must be a text.", place, key, shown_json(value));
  return value.get<std::string>();
}

Json list_at(const Json& object, const std::string& key, const std::string& place) {
  const Json& value = value_at(object, key);
  if (value.is_null()) return Json::array();
  require(value.is_array(), "{}: '{}' is {}, but must be a list.", place, key, shown_json(value));
  return value;
}

}  // namespace juror
