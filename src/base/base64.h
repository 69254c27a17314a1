// Base64, for bytes inside text: data: URIs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace juror {

/// Base64 of the bytes with padding. Source: RFC 4648, section 4.
std::string base64(std::string_view bytes);

/// The bytes of base64, also of its form for URLs; white space is skipped, padding may be missing.
/// Nothing for text with other letters, padding in the middle, or one letter too many.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace juror
