// Methods of lists, dicts and `loop`.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text/jinja/interpreter.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

constexpr std::array<std::string_view, 11> kDictMethods = {
    "get",      "items", "keys",    "values",     "copy",  "clear",
    "fromkeys", "pop",   "popitem", "setdefault", "update"};
constexpr std::array<std::string_view, 11> kListMethods = {"index",  "count",   "copy",   "append",
                                                           "clear",  "extend",  "insert", "pop",
                                                           "remove", "reverse", "sort"};

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value call_dict_method(const Value& object, std::string_view name, const Arguments& arguments) {
  const DictData& dict = object.dict();
  if (name == "get") {
    arguments.expect({"key", "default"});
    const Value* found = dict.find(arguments.need(0, "key"));
    return found != nullptr ? *found : arguments.at(1, "default", None{});
  }
  if (name == "copy") return object;
  std::vector<Value> values;
  for (const auto& [key, value] : dict.items) {
    if (name == "keys") values.push_back(key);
    if (name == "values") values.push_back(value);
    if (name == "items") values.push_back(make_list({key, value}, ListKind::kTuple));
  }
  if (name == "keys" || name == "values" || name == "items")
    return make_list(std::move(values), ListKind::kView);
  throw Fault{fmt::format("the method '{}' of a dict is not open to chat templates", name)};
}

Value call_list_method(const ListData& list, std::string_view name, const Arguments& arguments) {
  const auto same = [&](const Value& item) { return equal(item, arguments.need(0, "value")); };
  if (name == "count") return std::count_if(list.items.begin(), list.items.end(), same);
  if (name == "index") {
    const auto found = std::find_if(list.items.begin(), list.items.end(), same);
    if (found == list.items.end()) throw Fault{"index: the value is not in the list"};
    return std::int64_t{found - list.items.begin()};
  }
  if (name == "copy") return make_list(list.items);
  throw Fault{fmt::format("the method '{}' of a list is not open to chat templates", name)};
}

}  // namespace

bool has_method(const Value& object, std::string_view name) {
  if (object.is_text()) return is_text_method(name);
  if (object.is_dict()) return holds(kDictMethods, name);
  if (object.is<std::shared_ptr<const Loop>>()) return name == "cycle" || name == "changed";
  if (!object.is_list()) return false;
  if (object.list().kind == ListKind::kList) return holds(kListMethods, name);
  return object.list().kind <= ListKind::kRange && (name == "index" || name == "count");
}

Value call_method(const Method& method, const Arguments& arguments) {
  const Value& object = method.object;
  if (object.is_dict()) return call_dict_method(object, method.name, arguments);
  if (object.is_list()) return call_list_method(object.list(), method.name, arguments);
  if (object.is_text()) {
    if (object.text().is_safe)
      throw Fault{"a method of a text of the filter safe is not known to Juror"};
    if (std::optional<Value> result = call_text_method(object.text(), method.name, arguments))
      return *result;
  }
  if (method.name == "cycle" && !arguments.values.empty()) {
    const auto count = static_cast<std::int64_t>(arguments.values.size());
    const std::int64_t at = object.get<std::shared_ptr<const Loop>>()->index0 % count;
    return arguments.values[static_cast<std::size_t>(at)];
  }
  throw Fault{
      fmt::format("the method '{}' of a {} is not known to Juror", method.name, type_name(object))};
}

}  // namespace juror::jinja
