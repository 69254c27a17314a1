// str() and repr() of values, as Python writes them.
#include <fmt/format.h>
#include <utf8proc.h>

#include <charconv>
#include <cmath>

#include "text/jinja/characters.h"
#include "text/jinja/value.h"

namespace juror::jinja {
namespace {

/// str.isprintable for one character.
bool is_printable(char32_t character) {
  if (character == U' ') return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS:
      return false;
    default:
      return true;
  }
}

/// How repr writes a character that it does not write as it is.
std::string escaped(char32_t character) {
  const auto code = static_cast<std::uint32_t>(character);
  if (character == U'\n') return "\\n";
  if (character == U'\r') return "\\r";
  if (character == U'\t') return "\\t";
  if (character == U'\\') return "\\\\";
  if (code < 0x100) return fmt::format("\\x{:02x}", code);
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  return fmt::format("\\U{:08x}", code);
}

MarkedText repr_of_text(const MarkedText& text) {
  const bool has_single = text.bytes.find('\'') != std::string::npos;
  const char quote = has_single && text.bytes.find('"') == std::string::npos ? '"' : '\'';
  MarkedText result(std::string(1, quote), Origin::kTemplate);
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const char32_t character = character_at(text.bytes, bounds[i]);
    const Origin origin = text.origin(bounds[i]);
    if (character == static_cast<char32_t>(quote)) {
      result.append(std::string{'\\', quote}, origin);
    } else if (character == U'\\' || !is_printable(character)) {
      result.append(escaped(character), origin);
    } else {
      result += text.cut(bounds[i], bounds[i + 1]);
    }
  }
  result.append({&quote, 1});
  return result;
}

void append_bounded(MarkedText& result, const MarkedText& part) {
  require_length(result.size() + part.size());
  result += part;
}

MarkedText repr_of_list(const ListData& list) {
  const bool is_tuple = list.kind == ListKind::kTuple;
  MarkedText result(is_tuple ? "(" : "[", Origin::kTemplate);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    if (i > 0) result.append(", ");
    append_bounded(result, to_repr(list.items[i]));
  }
  if (is_tuple && list.items.size() == 1) result.append(",");
  result.append(is_tuple ? ")" : "]");
  return result;
}

MarkedText repr_of_dict(const DictData& dict) {
  MarkedText result("{", Origin::kTemplate);
  for (std::size_t i = 0; i < dict.items.size(); ++i) {
    if (i > 0) result.append(", ");
    append_bounded(result, to_repr(dict.items[i].first));
    result.append(": ");
    append_bounded(result, to_repr(dict.items[i].second));
  }
  result.append("}");
  return result;
}

}  // namespace

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto scientific =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string shortest(buffer, scientific.ptr);
  const int exponent = std::stoi(shortest.substr(shortest.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return shortest;
  const auto fixed = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  std::string text(buffer, fixed.ptr);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

MarkedText to_repr(const Value& value) {
  if (value.is_text()) return repr_of_text(value.text());
  if (value.is_undefined()) return {"Undefined", Origin::kTemplate};
  return to_text(value);
}

MarkedText to_text(const Value& value) {
  const auto own = [](std::string_view text) { return MarkedText(text, Origin::kTemplate); };
  if (value.is_text()) return value.text();
  if (value.is_undefined()) return {};
  if (value.is_none()) return own("None");
  if (value.is<bool>()) return own(value.get<bool>() ? "True" : "False");
  if (value.is<std::int64_t>()) return own(std::to_string(value.integer()));
  if (value.is<double>()) return own(float_repr(value.get<double>()));
  if (value.is_dict()) return repr_of_dict(value.dict());
  if (value.is_list() && value.list().kind <= ListKind::kTuple) return repr_of_list(value.list());
  throw Fault{
      fmt::format("a {} is written out as text, and Juror does not know how Python writes "
                  "it; |list makes a list of a row of values",
                  type_name(value))};
}

}  // namespace juror::jinja
