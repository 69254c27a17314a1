// Python's methods of str on marked texts, shared by filters and methods.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/jinja/interpreter.h"

namespace juror::jinja {

/// str.replace; `count` below 0: all. Throws Fault for an empty `old` and results that are too
/// long.
MarkedText replace(const MarkedText& text, const MarkedText& old, const MarkedText& by,
                   std::int64_t count);
/// str.join over to_text of the elements.
MarkedText join(const MarkedText& separator, const std::vector<Value>& elements);
/// str.split and rsplit; without a separator at runs of white space. `most` below 0: no limit.
std::vector<Value> split(const MarkedText& text, const std::optional<MarkedText>& separator,
                         std::int64_t most, bool from_right);
/// str.splitlines(): without the line ends unless `keep`.
std::vector<Value> split_lines(const MarkedText& text, bool keep);

/// The method `name` of a str; nothing if Juror does not know it.
std::optional<Value> call_text_method(const MarkedText& text, std::string_view name,
                                      const Arguments& arguments);
bool is_text_method(std::string_view name);

/// The text of a value that must be a str. Throws Fault.
const MarkedText& need_text(const Value& value, std::string_view what);
std::int64_t need_integer(const Value& value, std::string_view what);

}  // namespace juror::jinja
