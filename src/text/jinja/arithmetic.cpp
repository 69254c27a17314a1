// Python's operators and slices on values.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "text/jinja/characters.h"
#include "text/jinja/interpreter.h"

namespace juror::jinja {
namespace {

[[noreturn]] void refuse(std::string_view operation, const Value& left, const Value& right) {
  for (const Value* value : {&left, &right})
    if (value->is_undefined()) throw Fault{value->get<Undefined>().what};
  throw Fault{fmt::format("a {} {} a {} has no meaning that Juror knows", type_name(left),
                          operation, type_name(right))};
}

/// Overflow of 64 bits, where Python's integers go on.
[[noreturn]] void refuse_large() { throw Fault{"an integer beyond 64 bits"}; }

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  if (a == INT64_MIN && b == -1) refuse_large();
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  for (std::int64_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(result, base, &result)) refuse_large();
    if (result == 0 || result == 1) return exponent % 2 == 0 && base == -1 ? 1 : result;
  }
  return result;
}

Value integers(std::string_view operation, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool overflows = false;
  if (operation == "+") overflows = __builtin_add_overflow(a, b, &result);
  if (operation == "-") overflows = __builtin_sub_overflow(a, b, &result);
  if (operation == "*") overflows = __builtin_mul_overflow(a, b, &result);
  if (operation == "//") result = floor_quotient(a, b);
  if (operation == "%") result = b == -1 ? 0 : a - floor_quotient(a, b) * b;
  if (operation == "**") result = integer_power(a, b);
  if (overflows) refuse_large();
  return result;
}

Value floats(std::string_view operation, double a, double b) {
  if (operation == "+") return a + b;
  if (operation == "-") return a - b;
  if (operation == "*") return a * b;
  if (operation == "/") return a / b;
  if (operation == "**") return std::pow(a, b);
  const double remainder = std::fmod(a, b);
  const double modulo = remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  return operation == "%" ? modulo : std::round((a - modulo) / b);
}

Value numbers(std::string_view operation, const Value& left, const Value& right) {
  const bool divides = operation == "/" || operation == "//" || operation == "%";
  if (divides && right.number() == 0) throw Fault{"division by zero"};
  const bool whole = left.is_integer() && right.is_integer() && operation != "/" &&
                     !(operation == "**" && right.integer() < 0);
  if (operation == "**" && left.number() == 0 && right.number() < 0)
    throw Fault{"division by zero"};
  return whole ? integers(operation, left.integer(), right.integer())
               : floats(operation, left.number(), right.number());
}

Value repeat(const Value& row, std::int64_t times) {
  times = std::max<std::int64_t>(times, 0);
  if (row.is_text()) {
    const auto size = static_cast<std::int64_t>(row.text().size());
    if (size > 0 && times > static_cast<std::int64_t>(kLongestText) / size)
      require_length(kLongestText + 1);
    MarkedText text;
    for (std::int64_t i = 0; i < times && size > 0; ++i) text += row.text();
    return text;
  }
  const std::vector<Value>& items = row.list().items;
  std::vector<Value> all;
  for (std::int64_t i = 0; i < times && !items.empty(); ++i) {
    if (all.size() > 1'000'000) throw Fault{"a list of over 1000000 values"};
    all.insert(all.end(), items.begin(), items.end());
  }
  return make_list(std::move(all), row.list().kind);
}

bool is_row(const Value& value) {
  return value.is_text() || (value.is_list() && value.list().kind <= ListKind::kTuple);
}

/// As markupsafe's escape; a text of the filter safe stays as it is.
MarkedText escaped(const MarkedText& text) {
  if (text.is_safe) return text;
  constexpr std::string_view kSigns = "&<>'\"";
  constexpr std::array<std::string_view, 5> kNames = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
  MarkedText result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t sign = kSigns.find(text.bytes[at]);
    if (sign == std::string_view::npos) {
      result += text.cut(at, at + 1);
    } else {
      result.append(kNames[sign], text.origin(at));
    }
  }
  return result;
}

/// left + right. A text of the filter safe makes Jinja escape the other, even without autoescape.
MarkedText add_texts(const MarkedText& left, const MarkedText& right) {
  const bool is_safe = left.is_safe || right.is_safe;
  MarkedText text = is_safe ? escaped(left) : left;
  text += is_safe ? escaped(right) : right;
  text.is_safe = is_safe;
  require_length(text.size());
  return text;
}

Value add_rows(const Value& left, const Value& right) {
  if (left.is_text()) return add_texts(left.text(), right.text());
  std::vector<Value> items = left.list().items;
  items.insert(items.end(), right.list().items.begin(), right.list().items.end());
  return make_list(std::move(items), left.list().kind);
}

}  // namespace

Value arithmetic(std::string_view operation, const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return numbers(operation, left, right);
  for (const Value* value : {&left, &right}) {
    if (operation != "+" && value->is_text() && value->text().is_safe)
      throw Fault{
          fmt::format("'{}' with a text of the filter safe is not known to Juror", operation)};
  }
  if (operation == "*" && is_row(left) && right.is_integer()) return repeat(left, right.integer());
  if (operation == "*" && is_row(right) && left.is_integer()) return repeat(right, left.integer());
  const bool alike = is_row(left) && type_name(left) == type_name(right);
  if (operation != "+" || !alike) refuse(operation, left, right);
  return add_rows(left, right);
}

Value slice(const Value& object, const Value& start, const Value& stop, const Value& step) {
  if (object.is_undefined()) throw Fault{object.get<Undefined>().what};
  const bool is_list = object.is_list() && object.list().kind <= ListKind::kRange;
  if (!is_list && !object.is_text())
    return Undefined{fmt::format("a {} has no slices", type_name(object))};
  for (const Value* bound : {&start, &stop, &step}) {
    if (!bound->is_none() && !bound->is_integer())
      throw Fault{fmt::format("the bound of a slice is a {}, not an integer", type_name(*bound))};
  }
  const std::int64_t by = step.is_none() ? 1 : step.integer();
  if (by == 0) throw Fault{"the step of a slice is 0"};
  const std::vector<std::size_t> bounds =
      is_list ? std::vector<std::size_t>() : boundaries(object.text().bytes);
  const auto size =
      static_cast<std::int64_t>(is_list ? object.list().items.size() : bounds.size() - 1);
  const std::int64_t low = by > 0 ? 0 : -1, high = by > 0 ? size : size - 1;
  const auto place = [&](const Value& bound, std::int64_t otherwise) {
    if (bound.is_none()) return otherwise;
    const std::int64_t at = bound.integer() < 0 ? bound.integer() + size : bound.integer();
    return std::clamp(at, low, high);
  };
  const std::int64_t from = place(start, by > 0 ? low : high);
  const std::int64_t to = place(stop, by > 0 ? high : low);
  std::vector<Value> kept;
  MarkedText text;
  for (std::int64_t at = from; by > 0 ? at < to : at > to;) {
    const auto i = static_cast<std::size_t>(at);
    if (is_list) {
      kept.push_back(object.list().items[i]);
    } else {
      text += object.text().cut(bounds[i], bounds[i + 1]);
    }
    if (__builtin_add_overflow(at, by, &at)) break;
  }
  return is_list ? make_list(std::move(kept), object.list().kind) : Value(std::move(text));
}

}  // namespace juror::jinja
