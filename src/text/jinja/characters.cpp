#include "text/jinja/characters.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "text/jinja/value.h"
#include "text/unicode.h"

namespace juror::jinja {
namespace {

bool is_in(char32_t character, std::string_view set) {
  for (std::size_t at = 0; at < set.size();) {
    if (character_at(set, at) == character) return true;
    at += utf8_step(set.substr(at)).length;
  }
  return false;
}

bool is_cased(char32_t character) {
  const auto code = static_cast<utf8proc_int32_t>(character);
  return utf8proc_islower(code) != 0 || utf8proc_isupper(code) != 0 ||
         utf8proc_category(code) == UTF8PROC_CATEGORY_LT;
}

/// Characters whose other case depends on their neighbours or is several letters (SpecialCasing of
/// the Unicode standard), which Python follows and utf8proc does not.
bool has_special_case(char32_t c) {
  return c == 0x00DF || c == 0x0130 || c == 0x0149 || c == 0x01F0 || c == 0x0390 || c == 0x03A3 ||
         c == 0x03B0 || c == 0x0587 || (c >= 0x1E96 && c <= 0x1E9E) ||
         (c >= 0x1F50 && c <= 0x1FFC) || (c >= 0xFB00 && c <= 0xFB17);
}

/// Digraphs and Georgian letters have a title case of their own.
bool has_title_case(char32_t c) {
  return (c >= 0x01C4 && c <= 0x01CC) || (c >= 0x01F1 && c <= 0x01F3) ||
         (c >= 0x10D0 && c <= 0x10FF);
}

char32_t other_case(char32_t character, bool upper, bool title = false) {
  if (character < 0x80) {
    if (upper) return character >= U'a' && character <= U'z' ? character - 32 : character;
    return character >= U'A' && character <= U'Z' ? character + 32 : character;
  }
  if (has_special_case(character) || (title && has_title_case(character)))
    throw Fault{fmt::format("Juror does not know the other case of '{}'", to_utf8(character))};
  const auto code = static_cast<utf8proc_int32_t>(character);
  return static_cast<char32_t>(upper ? utf8proc_toupper(code) : utf8proc_tolower(code));
}

/// Each character in the case that `is_upper(character, index)` says; `title` is that of a capital.
template <class IsUpper>
MarkedText map_case(const MarkedText& text, bool title, const IsUpper& is_upper) {
  MarkedText result;
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const char32_t character = character_at(text.bytes, bounds[i]);
    const bool upper = is_upper(character, i);
    result.append(to_utf8(other_case(character, upper, title && upper)), text.origin(bounds[i]));
  }
  return result;
}

}  // namespace

std::vector<std::size_t> boundaries(std::string_view text) {
  std::vector<std::size_t> bounds = {0};
  while (bounds.back() < text.size())
    bounds.push_back(bounds.back() + utf8_step(text.substr(bounds.back())).length);
  return bounds;
}

std::int64_t length(const MarkedText& text) {
  return std::count_if(text.bytes.begin(), text.bytes.end(),
                       [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

char32_t character_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t code = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                   static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  return static_cast<char32_t>(code);
}

MarkedText strip(const MarkedText& text, std::string_view set, bool left, bool right) {
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  const auto is_stripped = [&](std::size_t i) {
    const char32_t character = character_at(text.bytes, bounds[i]);
    return set.empty() ? is_space(character) : is_in(character, set);
  };
  std::size_t begin = 0, end = bounds.size() - 1;
  while (left && begin < end && is_stripped(begin)) ++begin;
  while (right && end > begin && is_stripped(end - 1)) --end;
  return text.cut(bounds[begin], bounds[end]);
}

MarkedText change_case(const MarkedText& text, Case to) {
  bool behind_letter = false;
  return map_case(text, to == Case::kCapitalize || to == Case::kTitle,
                  [&](char32_t character, std::size_t i) {
                    if (to == Case::kCapitalize) return i == 0;
                    if (to != Case::kTitle) return to == Case::kUpper;
                    return !std::exchange(behind_letter, is_cased(character));
                  });
}

MarkedText jinja_title(const MarkedText& text) {
  bool at_start = true;
  return map_case(text, /*title=*/false, [&](char32_t character, std::size_t) {
    const bool opens = is_space(character) || is_in(character, "-({[<");
    return std::exchange(at_start, opens);
  });
}

}  // namespace juror::jinja
