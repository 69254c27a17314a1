// Jinja's tests: what stands behind `is`.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/jinja/characters.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

using Test = bool (*)(const Value&, const Arguments&);
struct NamedTest {
  std::string_view name;
  Test holds;
};

Value other(const Arguments& arguments) { return arguments.need(0, "other"); }

bool is_function(const Value& value) {
  return value.is<const Macro*>() || value.is<Builtin>() ||
         value.is<std::shared_ptr<const Method>>() || value.is<std::shared_ptr<const Loop>>();
}

bool is_iterable(const Value& value) {
  return value.is_text() || value.is_list() || value.is_dict() || value.is_undefined() ||
         value.is<std::shared_ptr<const Loop>>();
}

bool is_sequence(const Value& value) {
  return value.is_text() || value.is_dict() || value.is_undefined() ||
         (value.is_list() && value.list().kind <= ListKind::kRange);
}

bool is_same(const Value& a, const Value& b) {
  if (a.is_list() && b.is_list()) return &a.list() == &b.list();
  if (a.is_dict() && b.is_dict()) return &a.dict() == &b.dict();
  return type_name(a) == type_name(b) && equal(a, b);
}

bool has_case(const Value& value, const char* method) {
  const Value result = *call_text_method(to_text(value), method, {});
  return truth(result);
}

std::int64_t remainder(const Value& value, const Value& by) {
  return arithmetic("%", Value(need_integer(value, "a test of a number")), by).integer();
}

constexpr std::array<NamedTest, 38> kTests = {{
    {"defined", [](const Value& v, const Arguments&) { return !v.is_undefined(); }},
    {"undefined", [](const Value& v, const Arguments&) { return v.is_undefined(); }},
    {"none", [](const Value& v, const Arguments&) { return v.is_none(); }},
    {"boolean", [](const Value& v, const Arguments&) { return v.is<bool>(); }},
    {"true", [](const Value& v, const Arguments&) { return v.is<bool>() && v.get<bool>(); }},
    {"false", [](const Value& v, const Arguments&) { return v.is<bool>() && !v.get<bool>(); }},
    {"integer", [](const Value& v, const Arguments&) { return v.is<std::int64_t>(); }},
    {"float", [](const Value& v, const Arguments&) { return v.is<double>(); }},
    {"number", [](const Value& v, const Arguments&) { return v.is_number(); }},
    {"string", [](const Value& v, const Arguments&) { return v.is_text(); }},
    {"mapping", [](const Value& v, const Arguments&) { return v.is_dict(); }},
    {"iterable", [](const Value& v, const Arguments&) { return is_iterable(v); }},
    {"sequence", [](const Value& v, const Arguments&) { return is_sequence(v); }},
    {"callable", [](const Value& v, const Arguments&) { return is_function(v); }},
    {"sameas", [](const Value& v, const Arguments& a) { return is_same(v, other(a)); }},
    {"lower", [](const Value& v, const Arguments&) { return has_case(v, "islower"); }},
    {"upper", [](const Value& v, const Arguments&) { return has_case(v, "isupper"); }},
    {"even", [](const Value& v, const Arguments&) { return remainder(v, std::int64_t{2}) == 0; }},
    {"odd", [](const Value& v, const Arguments&) { return remainder(v, std::int64_t{2}) == 1; }},
    {"divisibleby",
     [](const Value& v, const Arguments& a) { return remainder(v, a.need(0, "num")) == 0; }},
    {"in", [](const Value& v, const Arguments& a) { return contains(a.need(0, "seq"), v); }},
    {"eq", [](const Value& v, const Arguments& a) { return equal(v, other(a)); }},
    {"equalto", [](const Value& v, const Arguments& a) { return equal(v, other(a)); }},
    {"==", [](const Value& v, const Arguments& a) { return equal(v, other(a)); }},
    {"ne", [](const Value& v, const Arguments& a) { return !equal(v, other(a)); }},
    {"!=", [](const Value& v, const Arguments& a) { return !equal(v, other(a)); }},
    {"lt", [](const Value& v, const Arguments& a) { return less(v, other(a)); }},
    {"lessthan", [](const Value& v, const Arguments& a) { return less(v, other(a)); }},
    {"<", [](const Value& v, const Arguments& a) { return less(v, other(a)); }},
    {"gt", [](const Value& v, const Arguments& a) { return less(other(a), v); }},
    {"greaterthan", [](const Value& v, const Arguments& a) { return less(other(a), v); }},
    {">", [](const Value& v, const Arguments& a) { return less(other(a), v); }},
    {"le", [](const Value& v, const Arguments& a) { return !less(other(a), v); }},
    {"<=", [](const Value& v, const Arguments& a) { return !less(other(a), v); }},
    {"ge", [](const Value& v, const Arguments& a) { return !less(v, other(a)); }},
    {">=", [](const Value& v, const Arguments& a) { return !less(v, other(a)); }},
    {"filter", [](const Value& v, const Arguments&) { return is_filter(to_text(v).bytes); }},
    {"test", [](const Value& v, const Arguments&) { return is_test(to_text(v).bytes); }},
}};

}  // namespace

bool is_test(std::string_view name) {
  return std::any_of(kTests.begin(), kTests.end(),
                     [&](const NamedTest& test) { return test.name == name; });
}

bool Interpreter::apply_test(std::string_view name, const Value& value,
                             const Arguments& arguments) {
  for (const NamedTest& test : kTests)
    if (test.name == name) return test.holds(value, arguments);
  throw Fault{fmt::format("the test '{}' is not known to Juror", name)};
}

}  // namespace juror::jinja
