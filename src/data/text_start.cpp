#include "data/text_start.h"

#include <string_view>

#include "base/error.h"

namespace juror {

void skip_byte_order_mark(std::istream& stream, const std::filesystem::path& file) {
  char bytes[3] = {};
  stream.read(bytes, sizeof bytes);
  const std::string_view start(bytes, static_cast<std::size_t>(stream.gcount()));
  stream.clear();
  require(!start.starts_with("\xFF\xFE") && !start.starts_with("\xFE\xFF"),
          "'{}' is UTF-16 text, and UTF-8 is expected. Save it as UTF-8 (in PowerShell: -Encoding "
          "UTF8).",
          file.string());
  stream.seekg(start == "\xEF\xBB\xBF" ? 3 : 0);
}

}  // namespace juror
