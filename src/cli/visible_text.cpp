#include "cli/visible_text.h"

#include <fmt/format.h>

#include "text/unicode.h"

namespace juror {
namespace {

/// The code point of a well-formed character.
unsigned code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  unsigned code = byte(0) & (0xffU >> (character.size() + 1));
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3fU);
  return code;
}

bool is_unseen(unsigned code) {
  const bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool is_direction = (code >= 0x202a && code <= 0x202e) ||
                            (code >= 0x2066 && code <= 0x2069) || code == 0x200e || code == 0x200f;
  return is_control || is_direction || code == 0x2028 || code == 0x2029 || code == 0xfeff;
}

std::string visible(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    const std::string_view part = text.substr(0, step.length);
    text.remove_prefix(step.length);
    if (step.kind != Utf8Step::kCharacter) {
      for (const char c : part) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      continue;
    }
    const unsigned code = code_point(part);
    const bool is_kept = part.size() == 1 && kept.find(part[0]) != std::string_view::npos;
    if (is_kept || !is_unseen(code)) {
      out += part;
    } else {
      out += code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
    }
  }
  return out;
}

}  // namespace

std::string visible_text(std::string_view text) { return visible(text, ""); }
std::string visible_lines(std::string_view text) { return visible(text, "\n\t"); }

}  // namespace juror
