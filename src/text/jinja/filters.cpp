// Jinja's filters on texts and numbers, and the table of all filters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "text/jinja/characters.h"
#include "text/jinja/list_filters.h"
#include "text/jinja/parser.h"
#include "text/jinja/string_literal.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

using Run = Interpreter;

Value length_of(Run&, const Value& value, const Arguments&) {
  if (value.is_undefined()) return std::int64_t{0};
  if (value.is_text()) return length(value.text());
  if (value.is_dict()) return static_cast<std::int64_t>(value.dict().items.size());
  if (value.is_list() && value.list().kind != ListKind::kGenerator)
    return static_cast<std::int64_t>(value.list().items.size());
  throw Fault{fmt::format("a {} has no length", type_name(value))};
}

Value default_of(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"default_value", "boolean"});
  const bool replaces =
      value.is_undefined() || (truth(arguments.at(1, "boolean", false)) && !truth(value));
  return replaces ? arguments.at(0, "default_value", text_value("")) : value;
}

Value trim(Run&, const Value& value, const Arguments& arguments) {
  return *call_text_method(to_text(value), "strip", arguments);
}

Value replaced(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"old", "new", "count"});
  const Value count = arguments.at(2, "count", None{});
  return replace(to_text(value), to_text(arguments.need(0, "old")),
                 to_text(arguments.need(1, "new")),
                 count.is_none() ? -1 : need_integer(count, "count"));
}

Value indent(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"width", "first", "blank"});
  const Value width = arguments.at(0, "width", std::int64_t{4});
  const MarkedText by =
      width.is_text()
          ? width.text()
          : repeat_text(" ", std::clamp<std::int64_t>(need_integer(width, "width"), 0, 10'000));
  const bool blank = truth(arguments.at(2, "blank", false));
  MarkedText text = need_text(value, "indent");
  text.append("\n");
  MarkedText result;
  const std::vector<Value> lines = split_lines(text, /*keep=*/false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result.append("\n");
    const bool indents =
        i == 0 ? truth(arguments.at(1, "first", false)) : blank || !lines[i].text().empty();
    if (indents) result += by;
    result += lines[i].text();
    require_length(result.size());
  }
  return result;
}

Value to_int(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"default", "base"});
  if (arguments.find(1, "base") != nullptr) throw Fault{"int with a base is not known to Juror"};
  const Value otherwise = arguments.at(0, "default", std::int64_t{0});
  if (value.is_integer()) return value.integer();
  std::optional<double> number;
  if (value.is_text()) {
    if (const auto whole = read_integer(value.text().bytes)) return *whole;
    number = read_float(value.text().bytes);
  } else if (value.is<double>()) {
    number = value.get<double>();
  }
  if (!number || !std::isfinite(*number)) return otherwise;
  if (std::abs(*number) >= 9.2e18) throw Fault{"an integer beyond 64 bits"};
  return static_cast<std::int64_t>(*number);
}

Value to_float(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"default"});
  const Value otherwise = arguments.at(0, "default", 0.0);
  if (value.is_number()) return value.number();
  if (!value.is_text()) return otherwise;
  const std::optional<double> number = read_float(value.text().bytes);
  return number ? Value(*number) : otherwise;
}

Value absolute(Run&, const Value& value, const Arguments&) {
  if (value.is<double>()) return std::abs(value.get<double>());
  const std::int64_t number = need_integer(value, "abs");
  return number < 0 ? arithmetic("-", Value(std::int64_t{0}), Value(number)) : Value(number);
}

Value rounded(Run&, const Value& value, const Arguments& arguments) {
  arguments.expect({"precision", "method"});
  const std::string method = to_text(arguments.at(1, "method", text_value("common"))).bytes;
  const std::int64_t precision =
      need_integer(arguments.at(0, "precision", std::int64_t{0}), "precision");
  if (precision != 0) throw Fault{"round with a precision is not known to Juror"};
  if (!value.is_number()) throw Fault{fmt::format("round of a {}", type_name(value))};
  if (method == "ceil") return std::ceil(value.number());
  if (method == "floor") return std::floor(value.number());
  if (method != "common") throw Fault{"round knows common, ceil and floor"};
  if (value.is_integer()) return value.integer();
  return std::nearbyint(value.number());
}

Value safe(Run&, const Value& value, const Arguments&) {
  MarkedText text = to_text(value);
  text.is_safe = true;
  return text;
}

struct NamedFilter {
  std::string_view name;
  Value (*apply)(Run&, const Value&, const Arguments&);
};

constexpr std::array<NamedFilter, 36> kFilters = {{
    {"abs", absolute},
    {"attr", attribute_of},
    {"capitalize",
     [](Run&, const Value& v, const Arguments&) -> Value {
       return change_case(to_text(v), Case::kCapitalize);
     }},
    {"count", length_of},
    {"d", default_of},
    {"default", default_of},
    {"dictsort", dict_sorted},
    {"first", first_of},
    {"float", to_float},
    {"indent", indent},
    {"int", to_int},
    {"items", items_of},
    {"join", joined},
    {"last", last_of},
    {"length", length_of},
    {"list", [](Run&, const Value& v, const Arguments&) { return make_list(elements(v)); }},
    {"lower",
     [](Run&, const Value& v, const Arguments&) -> Value {
       return change_case(to_text(v), Case::kLower);
     }},
    {"map", mapped},
    {"max", [](Run& r, const Value& v, const Arguments& a) { return extreme(r, v, a, true); }},
    {"min", [](Run& r, const Value& v, const Arguments& a) { return extreme(r, v, a, false); }},
    {"reject",
     [](Run& r, const Value& v, const Arguments& a) { return chosen(r, v, a, false, false); }},
    {"rejectattr",
     [](Run& r, const Value& v, const Arguments& a) { return chosen(r, v, a, false, true); }},
    {"replace", replaced},
    {"reverse", reversed},
    {"round", rounded},
    {"safe", safe},
    {"select",
     [](Run& r, const Value& v, const Arguments& a) { return chosen(r, v, a, true, false); }},
    {"selectattr",
     [](Run& r, const Value& v, const Arguments& a) { return chosen(r, v, a, true, true); }},
    {"sort", sorted},
    {"string", [](Run&, const Value& v, const Arguments&) -> Value { return to_text(v); }},
    {"sum", summed},
    {"title",
     [](Run&, const Value& v, const Arguments&) -> Value { return jinja_title(to_text(v)); }},
    {"tojson", [](Run&, const Value& v, const Arguments& a) -> Value { return to_json(v, a); }},
    {"trim", trim},
    {"unique", unique},
    {"upper",
     [](Run&, const Value& v, const Arguments&) -> Value {
       return change_case(to_text(v), Case::kUpper);
     }},
}};

}  // namespace

MarkedText repeat_text(std::string_view text, std::int64_t times) {
  MarkedText all;
  for (std::int64_t i = 0; i < times; ++i) all.append(text);
  return all;
}

bool is_filter(std::string_view name) {
  return !name.empty() &&
         std::any_of(kFilters.begin(), kFilters.end(),
                     [&](const NamedFilter& filter) { return filter.name == name; });
}

Value Interpreter::apply_filter(std::string_view name, const Value& value,
                                const Arguments& arguments) {
  if (value.is_text() && value.text().is_safe && name != "safe" && name != "tojson")
    throw Fault{fmt::format("the filter '{}' behind the filter safe is not known to Juror", name)};
  for (const NamedFilter& filter : kFilters)
    if (filter.name == name) return filter.apply(*this, value, arguments);
  throw Fault{fmt::format("the filter '{}' is not known to Juror", name)};
}

}  // namespace juror::jinja
