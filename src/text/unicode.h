// The little of Unicode that a tokenizer needs: checking UTF-8, replacing what is not, and NFC.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace juror {

/// What stands at the start of some bytes.
struct Utf8Step {
  enum Kind { kCharacter, kInvalid, kIncomplete };
  Kind kind = kInvalid;
  std::size_t length = 1;  ///< bytes of the character, or of the longest prefix of one
};

/// Looks at the start of `bytes`, which must not be empty. kIncomplete: the bytes end inside a
/// character. Source: table 3-7 of the Unicode standard (no surrogates, no overlong forms, nothing
/// above U+10FFFF).
Utf8Step utf8_step(std::string_view bytes);

/// Throws Error of `kind` naming `what` and the first byte that is not UTF-8.
void require_utf8(std::string_view text, const std::string& what,
                  ErrorKind kind = ErrorKind::kUser);

/// `bytes` with U+FFFD for each maximal prefix of a character that is none. Equals Python's
/// errors="replace".
std::string lossy_utf8(std::string_view bytes);

/// `code_point` as UTF-8.
std::string to_utf8(char32_t code_point);

/// Unicode normalisation form C of valid UTF-8.
std::string nfc(std::string_view text);

}  // namespace juror
