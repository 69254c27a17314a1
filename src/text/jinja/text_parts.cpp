// Splitting, joining and replacing marked texts.
#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/characters.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

std::vector<Value> split_at_space(const MarkedText& text, std::int64_t most, bool from_right) {
  std::vector<Value> parts;
  MarkedText rest = strip(text, "", !from_right, from_right);
  while (!rest.empty() && (most < 0 || static_cast<std::int64_t>(parts.size()) < most)) {
    const std::vector<std::size_t> bounds = boundaries(rest.bytes);
    const auto is_gap = [&](std::size_t i) {
      return is_space(character_at(rest.bytes, bounds[i]));
    };
    std::size_t first = 0, last = bounds.size() - 1;
    if (from_right) {
      while (last > first && !is_gap(last - 1)) --last;
      parts.emplace_back(rest.cut(bounds[last], rest.size()));
      rest = strip(rest.cut(0, bounds[last]), "", false, true);
    } else {
      while (first < last && !is_gap(first)) ++first;
      parts.emplace_back(rest.cut(0, bounds[first]));
      rest = strip(rest.cut(bounds[first], rest.size()), "", true, false);
    }
  }
  if (!rest.empty()) parts.emplace_back(std::move(rest));
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

/// str.splitlines ends lines at these.
bool is_line_end(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

}  // namespace

const MarkedText& need_text(const Value& value, std::string_view what) {
  if (value.is_undefined()) throw Fault{value.get<Undefined>().what};
  if (!value.is_text())
    throw Fault{fmt::format("{} needs a str, and a {} is given", what, type_name(value))};
  return value.text();
}

std::int64_t need_integer(const Value& value, std::string_view what) {
  if (value.is_undefined()) throw Fault{value.get<Undefined>().what};
  if (!value.is_integer())
    throw Fault{fmt::format("{} needs an int, and a {} is given", what, type_name(value))};
  return value.integer();
}

MarkedText replace(const MarkedText& text, const MarkedText& old, const MarkedText& by,
                   std::int64_t count) {
  if (old.empty()) throw Fault{"replacing an empty text is not known to Juror"};
  MarkedText result;
  std::size_t at = 0;
  for (std::int64_t done = 0; count < 0 || done < count; ++done) {
    const std::size_t found = text.bytes.find(old.bytes, at);
    if (found == std::string::npos) break;
    result += text.cut(at, found);
    result += by;
    require_length(result.size());
    at = found + old.size();
  }
  result += text.cut(at, text.size());
  require_length(result.size());
  return result;
}

MarkedText join(const MarkedText& separator, const std::vector<Value>& elements) {
  MarkedText text;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) text += separator;
    text += to_text(elements[i]);
    require_length(text.size());
  }
  return text;
}

std::vector<Value> split(const MarkedText& text, const std::optional<MarkedText>& separator,
                         std::int64_t most, bool from_right) {
  if (!separator) return split_at_space(text, most, from_right);
  if (separator->empty()) throw Fault{"split by an empty text"};
  const std::string& between = separator->bytes;
  std::vector<Value> parts;
  std::size_t begin = 0, end = text.size();
  const auto may_go_on = [&] { return most < 0 || static_cast<std::int64_t>(parts.size()) < most; };
  while (!from_right && may_go_on()) {
    const std::size_t at = text.bytes.find(between, begin);
    if (at == std::string::npos) break;
    parts.emplace_back(text.cut(begin, at));
    begin = at + between.size();
  }
  while (from_right && may_go_on() && end >= between.size()) {
    const std::size_t at = text.bytes.rfind(between, end - between.size());
    if (at == std::string::npos) break;
    parts.emplace_back(text.cut(at + between.size(), end));
    end = at;
  }
  parts.emplace_back(text.cut(begin, end));
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<Value> split_lines(const MarkedText& text, bool keep) {
  std::vector<Value> lines;
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  std::size_t begin = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const char32_t character = character_at(text.bytes, bounds[i]);
    if (!is_line_end(character)) continue;
    const std::size_t line_end = bounds[i];
    if (character == U'\r' && text.bytes[bounds[i + 1]] == '\n') ++i;
    lines.emplace_back(text.cut(begin, keep ? bounds[i + 1] : line_end));
    begin = bounds[i + 1];
  }
  if (begin < text.size()) lines.emplace_back(text.cut(begin, text.size()));
  return lines;
}

}  // namespace juror::jinja
