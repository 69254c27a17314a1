// GPT-2's way to write any byte as a visible character, so that a vocabulary of bytes fits in a
// JSON file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// The character (UTF-8) that stands for `byte`: itself if it is visible in Latin-1, else one from
/// U+0100 on. Source: bytes_to_unicode in the GPT-2 release.
const std::string& byte_character(std::uint8_t byte);

/// All bytes in the order of GPT-2's vocabulary: the visible ones, then the others.
const std::vector<std::uint8_t>& byte_order();

/// `bytes` written in such characters: " a" becomes "Ġa".
std::string to_byte_characters(std::string_view bytes);

/// The bytes that `token` stands for; nothing if a character of it stands for no byte.
std::optional<std::string> from_byte_characters(std::string_view token);

}  // namespace juror
