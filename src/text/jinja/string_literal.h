// String literals and numbers as Python reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value.h"

namespace juror::jinja {

/// What the inside of a string literal means. Throws Fault for an escape that Python refuses, and
/// for named characters.
std::string unescape(std::string_view literal);

/// int(text) and float(text); nothing where Python raises ValueError. Throws Fault beyond 64 bits.
std::optional<std::int64_t> read_integer(std::string_view text);
std::optional<double> read_float(std::string_view text);

}  // namespace juror::jinja
