// SHA-256, for what must not be forged: keys of caches and stored pictures, API keys.
#pragma once

#include <string>
#include <string_view>

namespace juror {

/// 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

/// Whether the texts are equal, in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace juror
