// Whether bytes are text.
#pragma once

#include <string_view>

#include "text/unicode.h"

namespace juror {

/// Whether the bytes are well-formed UTF-8.
inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    if (step.kind != Utf8Step::kCharacter) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

}  // namespace juror
