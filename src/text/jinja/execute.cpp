// Interpreter: statements.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/interpreter_deeper.h"

namespace juror::jinja {

Interpreter::Interpreter(const std::string& name, const Context& context)
    : name_(name), context_(context) {
  for (const char* builtin : {"range", "dict", "namespace", "raise_exception", "strftime_now"})
    globals_.values.emplace(builtin, Builtin{builtin});
  for (const auto& [key, value] : context.variables) globals_.values.insert_or_assign(key, value);
}

MarkedText Interpreter::render(const Body& body) {
  Scope scope{.outer = &globals_, .values = {}};
  root_ = &scope;
  execute(body, scope);
  return std::move(output_);
}

void Interpreter::charge(std::size_t work) {
  if (work > work_left_) throw Fault{"the template takes too many steps"};
  work_left_ -= work;
}

void Interpreter::write(const MarkedText& text) {
  require_length(output_.size() + text.size());
  output_ += text;
}

Interpreter::Flow Interpreter::execute(const Body& body, Scope& scope) {
  for (const Statement& statement : body) {
    const Flow flow = execute(statement, scope);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Interpreter::Flow Interpreter::execute(const Statement& statement, Scope& scope) {
  try {
    const Deeper deeper(*this);
    charge(1 + statement.text.size() / 64);
    switch (statement.kind) {
      case Statement::kText:
        write({statement.text, Origin::kTemplate});
        return Flow::kOn;
      case Statement::kOutput:
        write(to_text(evaluate(*statement.value, scope)));
        return Flow::kOn;
      case Statement::kSet:
        assign(statement.target, evaluate(*statement.value, scope), scope);
        return Flow::kOn;
      case Statement::kIf:
        return execute_if(statement, scope);
      case Statement::kFor:
        return execute_for(statement, scope);
      case Statement::kMacro:
        scope.values.insert_or_assign(statement.macro->name, Value(statement.macro.get()));
        return Flow::kOn;
      case Statement::kCall:
        execute_call(statement, scope);
        return Flow::kOn;
      case Statement::kSetBlock:
      case Statement::kFilter:
        return execute_captured(statement, scope);
      case Statement::kScope:
        return execute_scope(statement, scope);
      case Statement::kBreak:
        return Flow::kBreak;
      case Statement::kContinue:
        return Flow::kContinue;
    }
  } catch (const Fault& fault) {
    throw Error(fmt::format("{}:{}: {}", name_, statement.line, fault.sentence), ErrorKind::kModel);
  } catch (const Raised& raised) {
    throw Error(
        fmt::format("{}:{}: the chat template says: {}", name_, statement.line, raised.sentence),
        ErrorKind::kModel);
  }
  return Flow::kOn;
}

Interpreter::Flow Interpreter::execute_if(const Statement& statement, Scope& scope) {
  for (const auto& [condition, body] : statement.branches)
    if (!condition || truth(evaluate(*condition, scope))) return execute(body, scope);
  return Flow::kOn;
}

std::vector<Value> Interpreter::loop_items(const Statement& statement, Scope& scope) {
  std::vector<Value> items = elements(evaluate(*statement.value, scope));
  if (!statement.condition) return items;
  std::vector<Value> kept;
  for (const Value& item : items) {
    Scope inner{.outer = &scope, .values = {}};
    inner.values.emplace("loop", Undefined{"the condition of a for cannot see 'loop'"});
    assign(statement.target, item, inner);
    if (truth(evaluate(*statement.condition, inner))) kept.push_back(item);
  }
  return kept;
}

Interpreter::Flow Interpreter::execute_for(const Statement& statement, Scope& scope) {
  std::vector<Value> items = loop_items(statement, scope);
  if (items.empty()) {
    Scope inner{.outer = &scope, .values = {}};
    return execute(statement.otherwise, inner);
  }
  const Value all = make_list(std::move(items));
  const auto list = all.get<std::shared_ptr<const ListData>>();
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    Scope inner{.outer = &scope, .values = {}};
    inner.values.emplace("loop",
                         std::make_shared<const Loop>(Loop{list, static_cast<std::int64_t>(i)}));
    assign(statement.target, list->items[i], inner);
    if (execute(statement.body, inner) == Flow::kBreak) break;
  }
  return Flow::kOn;
}

/// The body's output as a value: assigned, or written through a filter.
Interpreter::Flow Interpreter::execute_captured(const Statement& statement, Scope& scope) {
  MarkedText before = std::exchange(output_, {});
  Scope inner{.outer = &scope, .values = {}};
  const Flow flow = execute(statement.body, inner);
  Value text(std::exchange(output_, std::move(before)));
  if (flow != Flow::kOn) return flow;
  if (statement.value) text = evaluate_filters(*statement.value, std::move(text), scope);
  if (statement.kind == Statement::kSetBlock) {
    assign(statement.target, text, scope);
  } else {
    write(to_text(text));
  }
  return flow;
}

Interpreter::Flow Interpreter::execute_scope(const Statement& statement, Scope& scope) {
  Scope inner{.outer = &scope, .values = {}};
  for (const auto& [target, value] : statement.assignments)
    assign(target, evaluate(*value, scope), inner);
  return execute(statement.body, inner);
}

void Interpreter::execute_call(const Statement& statement, Scope& scope) {
  const Value caller(statement.macro.get());
  Scope* const before = std::exchange(caller_scopes_[statement.macro.get()], &scope);
  const Expression& made = *statement.value;
  const Value function = evaluate(*made.parts[0], scope);
  write(to_text(call(function, evaluate_arguments(made, 1, scope), caller)));
  caller_scopes_[statement.macro.get()] = before;
}

void Interpreter::assign(const Target& target, const Value& value, Scope& scope) {
  if (target.kind == Target::kName) {
    scope.values.insert_or_assign(target.name, value);
  } else if (target.kind == Target::kNamespace) {
    const Value space = look_up(target.name, scope);
    if (!space.is<Namespace*>())
      throw Fault{fmt::format("only a namespace can be assigned to by '.', and '{}' is a {}",
                              target.name, type_name(space))};
    if (target.attribute.starts_with('_'))
      throw Fault{fmt::format("the namespace attribute '{}' begins with '_'", target.attribute)};
    Value* known = space.get<Namespace*>()->find(target.attribute);
    if (known != nullptr) {
      *known = value;
    } else {
      space.get<Namespace*>()->items.emplace_back(target.attribute, value);
    }
  } else {
    const std::vector<Value> values = elements(value);
    if (values.size() != target.parts.size())
      throw Fault{fmt::format("{} values for {} names", values.size(), target.parts.size())};
    for (std::size_t i = 0; i < values.size(); ++i) assign(target.parts[i], values[i], scope);
  }
}

Value Interpreter::call_macro(const Macro& macro, const Arguments& arguments, const Value& caller) {
  const auto around = caller_scopes_.find(&macro);
  const bool is_caller = around != caller_scopes_.end() && around->second != nullptr;
  Scope scope{.outer = is_caller ? around->second : root_, .values = {}};
  const Parameters& parameters = macro.parameters;
  if (arguments.values.size() > parameters.names.size())
    throw Fault{fmt::format("the macro '{}' takes {} arguments, and {} are given", macro.name,
                            parameters.names.size(), arguments.values.size())};
  for (const auto& [name, value] : arguments.named) {
    if (std::find(parameters.names.begin(), parameters.names.end(), name) == parameters.names.end())
      throw Fault{fmt::format("the macro '{}' has no parameter '{}'", macro.name, name)};
  }
  const std::size_t required = parameters.names.size() - parameters.defaults.size();
  for (std::size_t i = 0; i < parameters.names.size(); ++i) {
    const std::string& name = parameters.names[i];
    Value value(Undefined{fmt::format("the parameter '{}' was not provided", name)});
    if (const Value* given = arguments.find(i, name)) {
      value = *given;
    } else if (i >= required) {
      value = evaluate(*parameters.defaults[i - required], scope);
    }
    scope.values.insert_or_assign(name, std::move(value));
  }
  scope.values.emplace("caller", caller);
  MarkedText before = std::exchange(output_, {});
  execute(macro.body, scope);
  return std::exchange(output_, std::move(before));
}

}  // namespace juror::jinja
