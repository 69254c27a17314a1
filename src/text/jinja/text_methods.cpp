#include "text/jinja/text_methods.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <functional>

#include "text/jinja/characters.h"
#include "text/jinja/string_literal.h"

namespace juror::jinja {
namespace {

/// Character index of a byte.
std::int64_t index_of(const MarkedText& text, std::size_t byte) {
  return length(text.cut(0, byte));
}

bool starts_or_ends(const MarkedText& text, const Value& what, bool starts) {
  if (what.is_list()) {
    const auto& all = what.list().items;
    return std::any_of(all.begin(), all.end(),
                       [&](const Value& one) { return starts_or_ends(text, one, starts); });
  }
  const std::string& part = need_text(what, starts ? "startswith" : "endswith").bytes;
  return starts ? text.bytes.starts_with(part) : text.bytes.ends_with(part);
}

Value find_in(const MarkedText& text, const Arguments& arguments, bool from_right) {
  arguments.expect({"sub"});
  const std::string& part = need_text(arguments.need(0, "sub"), "find").bytes;
  const std::size_t at = from_right ? text.bytes.rfind(part) : text.bytes.find(part);
  return at == std::string::npos ? std::int64_t{-1} : index_of(text, at);
}

Value count_in(const MarkedText& text, const Arguments& arguments) {
  arguments.expect({"sub"});
  const std::string& part = need_text(arguments.need(0, "sub"), "count").bytes;
  if (part.empty()) return length(text) + 1;
  std::int64_t count = 0;
  for (std::size_t at = text.bytes.find(part); at != std::string::npos;
       at = text.bytes.find(part, at + part.size()))
    ++count;
  return count;
}

Value strip_by(const MarkedText& text, const Arguments& arguments, bool left, bool right) {
  arguments.expect({"chars"});
  const Value set = arguments.at(0, "chars", None{});
  if (set.is_none()) return strip(text, "", left, right);
  const MarkedText& characters = need_text(set, "strip");
  return characters.empty() ? text : strip(text, characters.bytes, left, right);
}

Value split_by(const MarkedText& text, const Arguments& arguments, bool from_right) {
  arguments.expect({"sep", "maxsplit"});
  const Value separator = arguments.at(0, "sep", None{});
  const std::int64_t most = need_integer(arguments.at(1, "maxsplit", std::int64_t{-1}), "maxsplit");
  std::optional<MarkedText> between;
  if (!separator.is_none()) between = need_text(separator, "split");
  return make_list(split(text, between, most, from_right));
}

Value partition(const MarkedText& text, const Arguments& arguments, bool from_right) {
  arguments.expect({"sep"});
  const MarkedText& separator = need_text(arguments.need(0, "sep"), "partition");
  if (separator.empty()) throw Fault{"partition by an empty text"};
  const std::size_t at =
      from_right ? text.bytes.rfind(separator.bytes) : text.bytes.find(separator.bytes);
  std::vector<Value> parts;
  if (at == std::string::npos) {
    parts = {MarkedText(), MarkedText(), MarkedText()};
    parts[from_right ? 2 : 0] = text;
  } else {
    const std::size_t end = at + separator.size();
    parts = {text.cut(0, at), text.cut(at, end), text.cut(end, text.size())};
  }
  return make_list(std::move(parts), ListKind::kTuple);
}

Value without(const MarkedText& text, const Arguments& arguments, bool prefix) {
  const std::string& part =
      need_text(arguments.need(0, prefix ? "prefix" : "suffix"), "remove").bytes;
  if (prefix && text.bytes.starts_with(part)) return text.cut(part.size(), text.size());
  if (!prefix && text.bytes.ends_with(part)) return text.cut(0, text.size() - part.size());
  return text;
}

bool all_characters(const MarkedText& text, const std::function<bool(char32_t)>& holds) {
  const std::vector<std::size_t> bounds = boundaries(text.bytes);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    if (!holds(character_at(text.bytes, bounds[i]))) return false;
  return !text.empty();
}

/// str.islower and isupper: one cased letter at least, and none of the other case.
bool has_only_case(const MarkedText& text, bool upper) {
  bool found = false;
  const bool no_other = all_characters(text, [&](char32_t c) {
    const auto code = static_cast<utf8proc_int32_t>(c);
    const bool is_upper = utf8proc_isupper(code) != 0, is_lower = utf8proc_islower(code) != 0;
    found = found || (upper ? is_upper : is_lower);
    return upper ? !is_lower : !is_upper;
  });
  return found && no_other;
}

bool is_ascii_class(const MarkedText& text, bool letters, bool digits) {
  return all_characters(text, [&](char32_t c) {
    if (c >= 0x80) throw Fault{"isalpha, isdigit and isalnum beyond ASCII are not known to Juror"};
    const bool is_digit = c >= U'0' && c <= U'9';
    const bool is_letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
    return (digits && is_digit) || (letters && is_letter);
  });
}

/// str.format with plain fields: {}, {0} and {name}, {{ and }}.
Value format(const MarkedText& text, const Arguments& arguments) {
  MarkedText result;
  std::size_t next = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char byte = text.bytes[at];
    if ((byte != '{' && byte != '}') || text.bytes.compare(at, 2, std::string(2, byte)) == 0) {
      result += text.cut(at, at + 1);
      at += byte == '{' || byte == '}' ? 2 : 1;
      continue;
    }
    const std::size_t end = text.bytes.find('}', at);
    if (byte == '}' || end == std::string::npos) throw Fault{"format: a brace without its other"};
    const std::string field = text.bytes.substr(at + 1, end - at - 1);
    if (field.find_first_of("!:.[") != std::string::npos)
      throw Fault{fmt::format("format: the field {{{}}} is not known to Juror", field)};
    const std::optional<std::int64_t> number = read_integer(field);
    const std::size_t place =
        field.empty() ? next++ : static_cast<std::size_t>(number.value_or(-1));
    result += to_text(arguments.need(place, field));
    require_length(result.size());
    at = end + 1;
  }
  return result;
}

using TextMethod = Value (*)(const MarkedText&, const Arguments&);
struct NamedMethod {
  std::string_view name;
  TextMethod call;
};

const std::array<NamedMethod, 29> kMethods = {{
    {"strip", [](const auto& t, const auto& a) { return strip_by(t, a, true, true); }},
    {"lstrip", [](const auto& t, const auto& a) { return strip_by(t, a, true, false); }},
    {"rstrip", [](const auto& t, const auto& a) { return strip_by(t, a, false, true); }},
    {"startswith",
     [](const auto& t, const auto& a) -> Value {
       a.expect({"prefix"});
       return starts_or_ends(t, a.need(0, "prefix"), true);
     }},
    {"endswith",
     [](const auto& t, const auto& a) -> Value {
       a.expect({"suffix"});
       return starts_or_ends(t, a.need(0, "suffix"), false);
     }},
    {"split", [](const auto& t, const auto& a) { return split_by(t, a, false); }},
    {"rsplit", [](const auto& t, const auto& a) { return split_by(t, a, true); }},
    {"splitlines",
     [](const auto& t, const auto& a) {
       a.expect({"keepends"});
       return make_list(split_lines(t, truth(a.at(0, "keepends", false))));
     }},
    {"partition", [](const auto& t, const auto& a) { return partition(t, a, false); }},
    {"rpartition", [](const auto& t, const auto& a) { return partition(t, a, true); }},
    {"replace",
     [](const auto& t, const auto& a) -> Value {
       a.expect({"old", "new", "count"});
       return replace(t, need_text(a.need(0, "old"), "replace"),
                      need_text(a.need(1, "new"), "replace"),
                      need_integer(a.at(2, "count", std::int64_t{-1}), "count"));
     }},
    {"join",
     [](const auto& t, const auto& a) -> Value {
       a.expect({"iterable"});
       const std::vector<Value> items = elements(a.need(0, "iterable"));
       for (const Value& item : items) need_text(item, "join");
       return join(t, items);
     }},
    {"format", format},
    {"find", [](const auto& t, const auto& a) { return find_in(t, a, false); }},
    {"rfind", [](const auto& t, const auto& a) { return find_in(t, a, true); }},
    {"index",
     [](const auto& t, const auto& a) {
       Value found = find_in(t, a, false);
       if (found.integer() < 0) throw Fault{"index: the text is not found"};
       return found;
     }},
    {"count", count_in},
    {"upper", [](const auto& t, const auto&) -> Value { return change_case(t, Case::kUpper); }},
    {"lower", [](const auto& t, const auto&) -> Value { return change_case(t, Case::kLower); }},
    {"capitalize",
     [](const auto& t, const auto&) -> Value { return change_case(t, Case::kCapitalize); }},
    {"title", [](const auto& t, const auto&) -> Value { return change_case(t, Case::kTitle); }},
    {"removeprefix", [](const auto& t, const auto& a) { return without(t, a, true); }},
    {"removesuffix", [](const auto& t, const auto& a) { return without(t, a, false); }},
    {"isspace", [](const auto& t, const auto&) -> Value { return all_characters(t, is_space); }},
    {"islower", [](const auto& t, const auto&) -> Value { return has_only_case(t, false); }},
    {"isupper", [](const auto& t, const auto&) -> Value { return has_only_case(t, true); }},
    {"isdigit", [](const auto& t, const auto&) -> Value { return is_ascii_class(t, false, true); }},
    {"isalpha", [](const auto& t, const auto&) -> Value { return is_ascii_class(t, true, false); }},
    {"isalnum", [](const auto& t, const auto&) -> Value { return is_ascii_class(t, true, true); }},
}};

}  // namespace

std::optional<Value> call_text_method(const MarkedText& text, std::string_view name,
                                      const Arguments& arguments) {
  for (const NamedMethod& method : kMethods)
    if (method.name == name) return method.call(text, arguments);
  return std::nullopt;
}

bool is_text_method(std::string_view name) {
  constexpr std::array<std::string_view, 18> kOthers = {
      "casefold",  "center",       "encode",    "expandtabs",  "format_map", "isascii",
      "isdecimal", "isidentifier", "isnumeric", "isprintable", "istitle",    "ljust",
      "maketrans", "rindex",       "rjust",     "swapcase",    "translate",  "zfill"};
  return std::any_of(kMethods.begin(), kMethods.end(),
                     [&](const NamedMethod& method) { return method.name == name; }) ||
         std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end();
}

}  // namespace juror::jinja
