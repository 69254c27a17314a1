// Text without the white space around it.
#pragma once

#include <string>
#include <string_view>

namespace juror {

/// ASCII white space alone: spaces, tabs, line ends.
inline std::string trimmed(std::string_view text, std::string_view white = " \t\r\n") {
  const std::size_t begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(white) - begin + 1));
}

}  // namespace juror
