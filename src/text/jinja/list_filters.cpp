#include "text/jinja/list_filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/jinja/characters.h"
#include "text/jinja/string_literal.h"
#include "text/jinja/text_methods.h"

namespace juror::jinja {
namespace {

/// The attribute of `object` along a path such as "function.name"; parts that are numbers are
/// indices.
Value along(Interpreter& run, Value object, const Value& path) {
  if (path.is_integer()) return run.item(object, path);
  for (const Value& part : split(need_text(path, "attribute"), text_value(".").text(), -1, false)) {
    const std::string& word = part.text().bytes;
    const bool is_number =
        !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
    object = run.item(object, is_number ? Value(*read_integer(word)) : part);
  }
  return object;
}

/// What elements are ordered by: an attribute if one is asked for, and lower case unless told not.
Value key_of(Interpreter& run, const Value& element, const Value& path, bool with_case) {
  if (path.is_text() && path.text().bytes.find(',') != std::string::npos)
    throw Fault{"several attributes at once are not known to Juror"};
  const Value value = path.is_none() ? element : along(run, element, path);
  if (with_case || !value.is_text()) return value;
  return change_case(value.text(), Case::kLower);
}

/// Elements in the order of their keys; equal ones keep their order, also in reverse.
std::vector<Value> in_order(std::vector<std::pair<Value, Value>> keyed, bool reverse) {
  const auto before = [&](const auto& a, const auto& b) {
    return reverse ? less(b.first, a.first) : less(a.first, b.first);
  };
  std::stable_sort(keyed.begin(), keyed.end(), before);
  std::vector<Value> ordered;
  for (auto& [key, value] : keyed) ordered.push_back(std::move(value));
  return ordered;
}

Arguments behind(const Arguments& arguments, std::size_t first) {
  Arguments rest;
  for (std::size_t i = first; i < arguments.values.size(); ++i)
    rest.values.push_back(arguments.values[i]);
  rest.named = arguments.named;
  return rest;
}

}  // namespace

Value attribute_of(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"name"});
  const std::string name = to_text(arguments.need(0, "name")).bytes;
  if (value.is_dict() && !has_method(value, name))  // attr never falls back to the keys of a dict
    return Undefined{fmt::format("a dict has no attribute '{}'", name)};
  return run.attribute(value, name);
}

Value first_of(Interpreter&, const Value& value, const Arguments&) {
  const std::vector<Value> items = elements(value);
  return items.empty() ? Value(Undefined{"no first item, the sequence is empty"}) : items.front();
}

Value last_of(Interpreter&, const Value& value, const Arguments&) {
  const std::vector<Value> items = elements(value);
  return items.empty() ? Value(Undefined{"no last item, the sequence is empty"}) : items.back();
}

Value items_of(Interpreter&, const Value& value, const Arguments&) {
  if (value.is_undefined()) return make_list({}, ListKind::kGenerator);
  if (!value.is_dict()) throw Fault{fmt::format("items of a {}, not a dict", type_name(value))};
  std::vector<Value> pairs;
  for (const auto& [key, item] : value.dict().items)
    pairs.push_back(make_list({key, item}, ListKind::kTuple));
  return make_list(std::move(pairs), ListKind::kGenerator);
}

Value joined(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"d", "attribute"});
  const Value path = arguments.at(1, "attribute", None{});
  std::vector<Value> items = elements(value);
  if (!path.is_none())
    for (Value& item : items) item = along(run, item, path);
  return join(to_text(arguments.at(0, "d", text_value(""))), items);
}

Value mapped(Interpreter& run, const Value& value, const Arguments& arguments) {
  std::vector<Value> results;
  if (!truth(value)) return make_list({}, ListKind::kGenerator);
  if (arguments.values.empty()) {
    for (const auto& [name, given] : arguments.named)
      if (name != "attribute" && name != "default")
        throw Fault{fmt::format("map: the argument '{}' is not known to Juror", name)};
    const Value* otherwise = arguments.find(SIZE_MAX, "default");
    const Value* path = arguments.find(SIZE_MAX, "attribute");
    if (path == nullptr) throw Fault{"map needs a filter or an attribute"};
    for (const Value& item : elements(value)) {
      results.push_back(along(run, item, *path));
      if (otherwise != nullptr && results.back().is_undefined()) results.back() = *otherwise;
    }
  } else {
    const std::string name = need_text(arguments.values[0], "map").bytes;
    const Arguments rest = behind(arguments, 1);
    for (const Value& item : elements(value)) results.push_back(run.apply_filter(name, item, rest));
  }
  return make_list(std::move(results), ListKind::kGenerator);
}

Value chosen(Interpreter& run, const Value& value, const Arguments& arguments, bool keep,
             bool by_attribute) {
  const std::size_t skipped = by_attribute ? 1 : 0;
  const Value path = by_attribute ? arguments.need(0, "attribute") : Value();
  const bool has_test = arguments.values.size() > skipped;
  const std::string test =
      has_test ? need_text(arguments.values[skipped], "the name of a test").bytes : "";
  const Arguments rest = behind(arguments, skipped + 1);
  std::vector<Value> kept;
  if (!truth(value)) return make_list({}, ListKind::kGenerator);
  for (const Value& item : elements(value)) {
    const Value tested = by_attribute ? along(run, item, path) : item;
    const bool holds = has_test ? run.apply_test(test, tested, rest) : truth(tested);
    if (holds == keep) kept.push_back(item);
  }
  return make_list(std::move(kept), ListKind::kGenerator);
}

Value reversed(Interpreter&, const Value& value, const Arguments&) {
  std::vector<Value> items = elements(value);
  std::reverse(items.begin(), items.end());
  if (value.is_text()) return join({}, items);
  return make_list(std::move(items), ListKind::kGenerator);
}

Value sorted(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"reverse", "case_sensitive", "attribute"});
  const bool with_case = truth(arguments.at(1, "case_sensitive", false));
  const Value path = arguments.at(2, "attribute", None{});
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& item : elements(value))
    keyed.emplace_back(key_of(run, item, path, with_case), item);
  return make_list(in_order(std::move(keyed), truth(arguments.at(0, "reverse", false))));
}

Value dict_sorted(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"case_sensitive", "by", "reverse"});
  if (!value.is_dict()) throw Fault{fmt::format("dictsort of a {}", type_name(value))};
  const std::string by = to_text(arguments.at(1, "by", text_value("key"))).bytes;
  if (by != "key" && by != "value") throw Fault{"dictsort sorts by 'key' or 'value'"};
  const bool with_case = truth(arguments.at(0, "case_sensitive", false));
  std::vector<std::pair<Value, Value>> keyed;
  for (const auto& [key, item] : value.dict().items) {
    keyed.emplace_back(key_of(run, by == "key" ? key : item, None{}, with_case),
                       make_list({key, item}, ListKind::kTuple));
  }
  return make_list(in_order(std::move(keyed), truth(arguments.at(2, "reverse", false))));
}

Value extreme(Interpreter& run, const Value& value, const Arguments& arguments, bool largest) {
  arguments.expect({"case_sensitive", "attribute"});
  const bool with_case = truth(arguments.at(0, "case_sensitive", false));
  const Value path = arguments.at(1, "attribute", None{});
  const std::vector<Value> items = elements(value);
  if (items.empty()) return Undefined{"no item, the sequence is empty"};
  Value best = items[0], best_key = key_of(run, best, path, with_case);
  for (std::size_t i = 1; i < items.size(); ++i) {
    const Value key = key_of(run, items[i], path, with_case);
    if (!(largest ? less(best_key, key) : less(key, best_key))) continue;
    best = items[i];
    best_key = key;
  }
  return best;
}

Value summed(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"attribute", "start"});
  const Value path = arguments.at(0, "attribute", None{});
  Value total = arguments.at(1, "start", std::int64_t{0});
  for (const Value& item : elements(value))
    total = arithmetic("+", total, path.is_none() ? item : along(run, item, path));
  return total;
}

Value unique(Interpreter& run, const Value& value, const Arguments& arguments) {
  arguments.expect({"case_sensitive", "attribute"});
  const bool with_case = truth(arguments.at(0, "case_sensitive", false));
  const Value path = arguments.at(1, "attribute", None{});
  std::vector<Value> seen, kept;
  for (const Value& item : elements(value)) {
    const Value key = key_of(run, item, path, with_case);
    run.charge(seen.size());
    if (std::any_of(seen.begin(), seen.end(), [&](const Value& k) { return equal(k, key); }))
      continue;
    seen.push_back(key);
    kept.push_back(item);
  }
  return make_list(std::move(kept), ListKind::kGenerator);
}

}  // namespace juror::jinja
