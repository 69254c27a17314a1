// Runs a parsed template. One interpreter renders once; nothing outlives it.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/context.h"
#include "text/jinja/syntax.h"
#include "text/jinja/value.h"

namespace juror::jinja {

/// The arguments of a call, a filter or a test.
struct Arguments {
  std::vector<Value> values;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument that has this place or name; null if it is not given.
  const Value* find(std::size_t place, std::string_view name) const;
  /// As `find`; `otherwise` if it is not given.
  Value at(std::size_t place, std::string_view name, const Value& otherwise) const;
  /// As `at`, for one that must be given. Throws Fault.
  Value need(std::size_t place, std::string_view name) const;
  /// Throws Fault for arguments beyond these names.
  void expect(std::initializer_list<std::string_view> names) const;
};

/// Names and values around a statement, the inner ones first.
struct Scope {
  const Scope* outer = nullptr;
  std::map<std::string, Value, std::less<>> values;
};

/// The words of a template's raise_exception.
struct Raised {
  std::string sentence;
};

class Interpreter {
 public:
  Interpreter(const std::string& name, const Context& context);
  /// What the template writes. Throws Error with name and line.
  MarkedText render(const Body& body);

  // For filters, tests and methods:
  void charge(std::size_t work);  ///< Throws Fault when the template has worked too long.
  Value apply_filter(std::string_view name, const Value& value, const Arguments& arguments);
  bool apply_test(std::string_view name, const Value& value, const Arguments& arguments);
  Value attribute(const Value& object, std::string_view name);  ///< object.name
  Value item(const Value& object, const Value& index);          ///< object[index]

 private:
  enum class Flow { kOn, kBreak, kContinue };

  // execute.cpp
  Flow execute(const Body& body, Scope& scope);
  Flow execute(const Statement& statement, Scope& scope);
  Flow execute_if(const Statement& statement, Scope& scope);
  Flow execute_for(const Statement& statement, Scope& scope);
  std::vector<Value> loop_items(const Statement& statement, Scope& scope);
  void execute_call(const Statement& statement, Scope& scope);
  Flow execute_captured(const Statement& statement, Scope& scope);
  Flow execute_scope(const Statement& statement, Scope& scope);
  void assign(const Target& target, const Value& value, Scope& scope);
  void write(const MarkedText& text);
  Value call_macro(const Macro& macro, const Arguments& arguments, const Value& caller);

  // evaluate.cpp
  Value evaluate(const Expression& expression, Scope& scope);
  Value compute(const Expression& expression, Scope& scope);
  Value look_up(const std::string& name, const Scope& scope) const;
  Value evaluate_call(const Expression& expression, Scope& scope);
  Value evaluate_filter(const Expression& expression, Value value, Scope& scope);
  Value evaluate_filters(const Expression& expression, Value text, Scope& scope);
  Value evaluate_compare(const Expression& expression, Scope& scope);
  Value evaluate_slice(const Expression& expression, Scope& scope);
  Value evaluate_dict(const Expression& expression, Scope& scope);
  Value evaluate_concat(const Expression& expression, Scope& scope);
  std::vector<Value> evaluate_parts(const Expression& expression, std::size_t from, Scope& scope);
  Arguments evaluate_arguments(const Expression& expression, std::size_t from, Scope& scope);
  Value call(const Value& function, const Arguments& arguments, const Value& caller);
  Value call_builtin(std::string_view name, const Arguments& arguments);

  class Deeper;

  const std::string& name_;
  const Context& context_;
  Scope globals_;
  Scope* root_ = nullptr;
  MarkedText output_;
  std::deque<Namespace> namespaces_;
  std::map<const Macro*, Scope*> caller_scopes_;
  std::size_t work_left_ = 5'000'000;
  int depth_ = 0;
};

// methods.cpp
/// Calls a method of a text, a list, a dict or `loop`. Throws Fault for one that Juror does not
/// know.
Value call_method(const Method& method, const Arguments& arguments);
bool has_method(const Value& object, std::string_view name);
/// Operators of Python on values. `operation` is "+", "-", "*", "/", "//", "%" or "**".
Value arithmetic(std::string_view operation, const Value& left, const Value& right);
Value slice(const Value& object, const Value& start, const Value& stop, const Value& step);
/// json.dumps with transformers' defaults: characters beyond ASCII stay as they are.
MarkedText to_json(const Value& value, const Arguments& arguments);

}  // namespace juror::jinja
