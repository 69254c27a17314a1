// Characters of a marked text, as Python's str counts and changes them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/jinja/marked_text.h"

namespace juror::jinja {

/// Where each character of valid UTF-8 begins, and the end: [0, …, size].
std::vector<std::size_t> boundaries(std::string_view text);
std::int64_t length(const MarkedText& text);  ///< in characters

/// str.isspace for one character.
bool is_space(char32_t character);
char32_t character_at(std::string_view text, std::size_t at);

/// Without the characters of `set` (white space if empty) on the left or the right.
MarkedText strip(const MarkedText& text, std::string_view set, bool left, bool right);

enum class Case { kLower, kUpper, kCapitalize, kTitle };
/// Throws Fault for a character whose other case is more than one letter.
MarkedText change_case(const MarkedText& text, Case to);

/// str.title of Jinja's filter: a capital after every space, bracket or hyphen.
MarkedText jinja_title(const MarkedText& text);

}  // namespace juror::jinja
