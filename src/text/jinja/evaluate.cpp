// Interpreter: expressions.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/interpreter_deeper.h"

namespace juror::jinja {

const Value* Arguments::find(std::size_t place, std::string_view name) const {
  if (place < values.size()) return &values[place];
  const auto found = std::find_if(named.begin(), named.end(),
                                  [&](const auto& item) { return item.first == name; });
  return found == named.end() ? nullptr : &found->second;
}

Value Arguments::at(std::size_t place, std::string_view name, const Value& otherwise) const {
  const Value* found = find(place, name);
  return found != nullptr ? *found : otherwise;
}

Value Arguments::need(std::size_t place, std::string_view name) const {
  const Value* found = find(place, name);
  if (found == nullptr) throw Fault{fmt::format("the argument '{}' is missing", name)};
  return *found;
}

void Arguments::expect(std::initializer_list<std::string_view> names) const {
  if (values.size() > names.size())
    throw Fault{fmt::format("{} arguments at most, and {} are given", names.size(), values.size())};
  for (const auto& [name, value] : named) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw Fault{fmt::format("the argument '{}' is not known to Juror", name)};
  }
}

Value Interpreter::look_up(const std::string& name, const Scope& scope) const {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    const auto found = at->values.find(name);
    if (found != at->values.end()) return found->second;
  }
  return Undefined{fmt::format("'{}' is undefined", name)};
}

Value Interpreter::evaluate(const Expression& expression, Scope& scope) {
  try {
    const Deeper deeper(*this);
    Value value = compute(expression, scope);
    charge(value.weight());
    return value;
  } catch (const Fault& fault) {
    throw Error(fmt::format("{}:{}: {}", name_, expression.line, fault.sentence),
                ErrorKind::kModel);
  } catch (const Raised& raised) {
    throw Error(
        fmt::format("{}:{}: the chat template says: {}", name_, expression.line, raised.sentence),
        ErrorKind::kModel);
  }
}

Value Interpreter::compute(const Expression& expression, Scope& scope) {
  const auto part = [&](std::size_t i) { return evaluate(*expression.parts[i], scope); };
  switch (expression.kind) {
    case Expression::kConstant:
      return expression.constant;
    case Expression::kName:
      return look_up(expression.name, scope);
    case Expression::kList:
      return make_list(evaluate_parts(expression, 0, scope));
    case Expression::kTuple:
      return make_list(evaluate_parts(expression, 0, scope), ListKind::kTuple);
    case Expression::kDict:
      return evaluate_dict(expression, scope);
    case Expression::kAttribute:
      return attribute(part(0), expression.name);
    case Expression::kItem:
      return item(part(0), part(1));
    case Expression::kSlice:
      return evaluate_slice(expression, scope);
    case Expression::kCall:
      return evaluate_call(expression, scope);
    case Expression::kFilter:
      return evaluate_filter(expression, part(0), scope);
    case Expression::kTest:
      return apply_test(expression.name, part(0), evaluate_arguments(expression, 1, scope));
    case Expression::kNegate: {
      const Value value = part(0);
      if (value.is<double>()) return -value.get<double>();
      return arithmetic("-", Value(std::int64_t{0}), value);
    }
    case Expression::kPlus:
      return arithmetic("+", Value(std::int64_t{0}), part(0));
    case Expression::kArithmetic:
      return arithmetic(expression.name, part(0), part(1));
    case Expression::kConcat:
      return evaluate_concat(expression, scope);
    case Expression::kCompare:
      return evaluate_compare(expression, scope);
    case Expression::kAnd: {
      Value left = part(0);
      return truth(left) ? part(1) : left;
    }
    case Expression::kOr: {
      Value left = part(0);
      return truth(left) ? left : part(1);
    }
    case Expression::kNot:
      return !truth(part(0));
    case Expression::kIf:
      if (truth(part(1))) return part(0);
      if (expression.parts[2]) return part(2);
      return Undefined{"the inline if has no else, and its condition is false"};
  }
  return None{};
}

std::vector<Value> Interpreter::evaluate_parts(const Expression& expression, std::size_t from,
                                               Scope& scope) {
  std::vector<Value> values;
  for (std::size_t i = from; i < expression.parts.size(); ++i)
    values.push_back(evaluate(*expression.parts[i], scope));
  return values;
}

Arguments Interpreter::evaluate_arguments(const Expression& expression, std::size_t from,
                                          Scope& scope) {
  Arguments arguments{evaluate_parts(expression, from, scope), {}};
  for (const auto& [name, value] : expression.keywords)
    arguments.named.emplace_back(name, evaluate(*value, scope));
  return arguments;
}

Value Interpreter::evaluate_dict(const Expression& expression, Scope& scope) {
  std::vector<Value> parts = evaluate_parts(expression, 0, scope);
  std::vector<std::pair<Value, Value>> items;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) items.emplace_back(parts[i], parts[i + 1]);
  return make_dict(std::move(items));
}

Value Interpreter::evaluate_concat(const Expression& expression, Scope& scope) {
  MarkedText text;
  for (const Value& value : evaluate_parts(expression, 0, scope)) {
    text += to_text(value);
    require_length(text.size());
  }
  return text;
}

Value Interpreter::evaluate_compare(const Expression& expression, Scope& scope) {
  Value left = evaluate(*expression.parts[0], scope);
  for (std::size_t i = 0; i < expression.operators.size(); ++i) {
    const std::string& sign = expression.operators[i];
    Value right = evaluate(*expression.parts[i + 1], scope);
    charge(left.weight() + right.weight());
    bool holds = false;
    if (sign == "==" || sign == "!=") {
      holds = equal(left, right) == (sign == "==");
    } else if (sign == "in" || sign == "not in") {
      holds = contains(right, left) == (sign == "in");
    } else if (sign == "<" || sign == ">") {
      holds = sign == "<" ? less(left, right) : less(right, left);
    } else {
      holds = equal(left, right) || (sign == "<=" ? less(left, right) : less(right, left));
    }
    if (!holds) return false;
    left = std::move(right);
  }
  return true;
}

Value Interpreter::evaluate_slice(const Expression& expression, Scope& scope) {
  Value bounds[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (expression.parts[i + 1]) bounds[i] = evaluate(*expression.parts[i + 1], scope);
  return slice(evaluate(*expression.parts[0], scope), bounds[0], bounds[1], bounds[2]);
}

/// The filters of a block over what the block wrote; the first stands innermost.
Value Interpreter::evaluate_filters(const Expression& expression, Value text, Scope& scope) {
  if (expression.parts[0]) text = evaluate_filters(*expression.parts[0], std::move(text), scope);
  return evaluate_filter(expression, std::move(text), scope);
}

Value Interpreter::evaluate_filter(const Expression& expression, Value value, Scope& scope) {
  return apply_filter(expression.name, value, evaluate_arguments(expression, 1, scope));
}

Value Interpreter::evaluate_call(const Expression& expression, Scope& scope) {
  const Value function = evaluate(*expression.parts[0], scope);
  return call(function, evaluate_arguments(expression, 1, scope),
              Undefined{"'caller' is undefined"});
}

Value Interpreter::call(const Value& function, const Arguments& arguments, const Value& caller) {
  if (function.is_undefined()) throw Fault{function.get<Undefined>().what};
  if (function.is<const Macro*>())
    return call_macro(*function.get<const Macro*>(), arguments, caller);
  if (function.is<Builtin>()) return call_builtin(function.get<Builtin>().name, arguments);
  if (function.is<std::shared_ptr<const Method>>())
    return call_method(*function.get<std::shared_ptr<const Method>>(), arguments);
  throw Fault{fmt::format("a {} cannot be called", type_name(function))};
}

}  // namespace juror::jinja
