#include "base/json_file.h"

#include "base/file.h"
#include "base/parse_json.h"

namespace juror {

nlohmann::json read_json_file(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  require(text.find_first_not_of(" \t\r\n") != std::string::npos,
          "'{}' is empty, and JSON is expected: it may have been cut short when it was written or "
          "copied.",
          file.string());
  nlohmann::json json = json_or_discarded(text);
  require(!json.is_discarded(), "'{}' is not valid JSON; it may be cut short.", file.string());
  return json;
}

}  // namespace juror
