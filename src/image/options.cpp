#include "image/options.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"

namespace juror {

Color parse_color(const std::string& text) {
  if (text == "white") return {255, 255, 255};
  if (text == "black") return {0, 0, 0};
  const bool is_hex = text.size() == 7 && text[0] == '#' &&
                      std::all_of(text.begin() + 1, text.end(),
                                  [](unsigned char c) { return std::isxdigit(c) != 0; });
  require(is_hex, "The background is '{}', and white, black or a colour like #ff8000 is expected.",
          text);
  const auto part = [&](std::size_t at) {
    return static_cast<std::uint8_t>(std::stoi(text.substr(at, 2), nullptr, 16));
  };
  return {part(1), part(3), part(5)};
}

}  // namespace juror
