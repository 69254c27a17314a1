// Interpreter: object.name and object[index], in the order in which Jinja tries them, and the
// functions of the language itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "text/jinja/characters.h"
#include "text/jinja/interpreter.h"

namespace juror::jinja {
namespace {

Value loop_attribute(const Loop& loop, std::string_view name) {
  const auto count = static_cast<std::int64_t>(loop.items->items.size());
  const auto neighbour = [&](std::int64_t index, const char* which) -> Value {
    if (index < 0 || index >= count) return Undefined{fmt::format("there is no {} item", which)};
    return loop.items->items[static_cast<std::size_t>(index)];
  };
  if (name == "index") return loop.index0 + 1;
  if (name == "index0") return loop.index0;
  if (name == "revindex") return count - loop.index0;
  if (name == "revindex0") return count - loop.index0 - 1;
  if (name == "first") return loop.index0 == 0;
  if (name == "last") return loop.index0 + 1 == count;
  if (name == "length") return count;
  if (name == "depth") return std::int64_t{1};
  if (name == "depth0") return std::int64_t{0};
  if (name == "previtem") return neighbour(loop.index0 - 1, "previous");
  if (name == "nextitem") return neighbour(loop.index0 + 1, "next");
  return Undefined{fmt::format("'loop' has no attribute '{}'", name)};
}

Undefined missing(const Value& object, const std::string& what) {
  return {fmt::format("a {} has no {}", type_name(object), what)};
}

/// object[index] of Python; null where Python raises an error.
std::optional<Value> python_item(const Value& object, const Value& index) {
  if (object.is_dict()) {
    const Value* found = object.dict().find(index);
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  if (!index.is_integer()) return std::nullopt;
  const auto place = [&](std::int64_t size) -> std::optional<std::size_t> {
    const std::int64_t at = index.integer() < 0 ? index.integer() + size : index.integer();
    return at >= 0 && at < size ? std::optional(static_cast<std::size_t>(at)) : std::nullopt;
  };
  if (object.is_list() && object.list().kind <= ListKind::kRange) {
    const auto at = place(static_cast<std::int64_t>(object.list().items.size()));
    return at ? std::optional(object.list().items[*at]) : std::nullopt;
  }
  if (!object.is_text()) return std::nullopt;
  const std::vector<std::size_t> bounds = boundaries(object.text().bytes);
  const auto at = place(static_cast<std::int64_t>(bounds.size()) - 1);
  if (!at) return std::nullopt;
  return Value(object.text().cut(bounds[*at], bounds[*at + 1]));
}

void require_defined(const Value& object) {
  if (object.is_undefined()) throw Fault{object.get<Undefined>().what};
}

Value range(const Arguments& arguments) {
  constexpr std::int64_t kLongestRange = 100'000;  // as in Jinja's sandbox
  const std::vector<Value>& given = arguments.values;
  if (given.empty() || given.size() > 3 || !arguments.named.empty())
    throw Fault{"range takes one to three integers"};
  for (const Value& value : given) {
    if (!value.is_integer())
      throw Fault{fmt::format("range takes integers, not a {}", type_name(value))};
  }
  const std::int64_t begin = given.size() > 1 ? given[0].integer() : 0;
  const std::int64_t end = given[given.size() > 1 ? 1 : 0].integer();
  const std::int64_t step = given.size() > 2 ? given[2].integer() : 1;
  if (step == 0) throw Fault{"the step of range is 0"};
  std::vector<Value> items;
  for (std::int64_t at = begin; step > 0 ? at < end : at > end;) {
    items.emplace_back(at);
    if (static_cast<std::int64_t>(items.size()) > kLongestRange)
      throw Fault{fmt::format("a range of over {} numbers", kLongestRange)};
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return make_list(std::move(items), ListKind::kRange);
}

std::vector<std::pair<Value, Value>> dict_items(const Arguments& arguments) {
  std::vector<std::pair<Value, Value>> items;
  if (arguments.values.size() > 1) throw Fault{"dict and namespace take one argument at most"};
  if (!arguments.values.empty()) {
    if (!arguments.values[0].is_dict())
      throw Fault{fmt::format("Juror makes a dict of another dict only, not of a {}",
                              type_name(arguments.values[0]))};
    items = arguments.values[0].dict().items;
  }
  for (const auto& [name, value] : arguments.named) items.emplace_back(text_value(name), value);
  return items;
}

std::string time_text(std::time_t now, const std::string& format) {
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 512> buffer{};
  const std::size_t length = std::strftime(buffer.data(), buffer.size(), format.c_str(), &local);
  if (length == 0 && !format.empty())
    throw Fault{fmt::format("strftime_now cannot write the format '{}'", format)};
  return {buffer.data(), length};
}

}  // namespace

Value Interpreter::attribute(const Value& object, std::string_view name) {
  require_defined(object);
  if (object.is<Namespace*>()) {
    const Value* found = object.get<Namespace*>()->find(name);
    if (found != nullptr) return *found;
  }
  if (object.is<std::shared_ptr<const Loop>>()) {
    if (has_method(object, name))
      return std::make_shared<const Method>(Method{object, std::string(name)});
    return loop_attribute(*object.get<std::shared_ptr<const Loop>>(), name);
  }
  if (has_method(object, name))
    return std::make_shared<const Method>(Method{object, std::string(name)});
  const Value* found = object.is_dict() ? object.dict().find(name) : nullptr;
  if (found != nullptr) return *found;
  return missing(object, fmt::format("attribute '{}'", name));
}

Value Interpreter::item(const Value& object, const Value& index) {
  require_defined(object);
  if (std::optional<Value> found = python_item(object, index)) return *found;
  if (index.is_text() && !object.is_dict()) return attribute(object, index.text().bytes);
  if (index.is_text() && has_method(object, index.text().bytes))
    return std::make_shared<const Method>(Method{object, index.text().bytes});
  return missing(object, fmt::format("element {}", to_repr(index).bytes));
}

Value Interpreter::call_builtin(std::string_view name, const Arguments& arguments) {
  if (name == "range") return range(arguments);
  if (name == "dict") return make_dict(dict_items(arguments));
  if (name == "namespace") {
    Namespace& space = namespaces_.emplace_back();
    for (const auto& [key, value] : dict_items(arguments)) {
      const std::string attribute = to_text(key).bytes;
      if (attribute.starts_with('_'))
        throw Fault{fmt::format("the namespace attribute '{}' begins with '_'", attribute)};
      space.items.emplace_back(attribute, value);
    }
    return &space;
  }
  if (name == "strftime_now") {
    arguments.expect({"format"});
    return text_value(time_text(context_.now, to_text(arguments.need(0, "format")).bytes));
  }
  arguments.expect({"message"});
  throw Raised{to_text(arguments.need(0, "message")).bytes};
}

}  // namespace juror::jinja
