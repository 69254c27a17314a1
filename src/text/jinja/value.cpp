#include "text/jinja/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "text/jinja/characters.h"

namespace juror::jinja {
namespace {

constexpr std::size_t kMostValues = 1'000'000;
constexpr int kDeepest = 100;

void grow(const Value& value, std::size_t& weight, int& depth) {
  weight += value.weight();
  depth = std::max(depth, value.depth() + 1);
  if (weight > kMostValues) throw Fault{fmt::format("a list of over {} values", kMostValues)};
  if (depth > kDeepest) throw Fault{fmt::format("lists or dicts over {} deep", kDeepest)};
}

bool equal_lists(const ListData& a, const ListData& b) {
  if (&a == &b) return true;
  return a.kind == b.kind &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), equal);
}

bool equal_dicts(const DictData& a, const DictData& b) {
  if (&a == &b) return true;
  return a.items.size() == b.items.size() &&
         std::all_of(a.items.begin(), a.items.end(), [&](const auto& item) {
           const Value* other = b.find(item.first);
           return other != nullptr && equal(item.second, *other);
         });
}

}  // namespace

std::int64_t Value::integer() const {
  return is<bool>() ? static_cast<std::int64_t>(get<bool>()) : get<std::int64_t>();
}

double Value::number() const {
  return is<double>() ? get<double>() : static_cast<double>(integer());
}

std::size_t Value::weight() const {
  if (is_text()) return 1 + text().size() / 16;
  if (is_list()) return list().weight;
  if (is_dict()) return dict().weight;
  return 1;
}

int Value::depth() const {
  if (is_list()) return list().depth;
  if (is_dict()) return dict().depth;
  return is<std::shared_ptr<const Method>>()
             ? get<std::shared_ptr<const Method>>()->object.depth() + 1
             : 0;
}

const Value* DictData::find(const Value& key) const {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return equal(item.first, key); });
  return found == items.end() ? nullptr : &found->second;
}

const Value* DictData::find(std::string_view key) const {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) {
    return item.first.is_text() && item.first.text().bytes == key;
  });
  return found == items.end() ? nullptr : &found->second;
}

Value* Namespace::find(std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return item.first == name; });
  return found == items.end() ? nullptr : &found->second;
}

void require_length(std::size_t bytes) {
  if (bytes > kLongestText)
    throw Fault{fmt::format("a text of {} bytes; the most is {}", bytes, kLongestText)};
}

Value text_value(std::string_view text, Origin origin) { return MarkedText(text, origin); }

Value make_list(std::vector<Value> items, ListKind kind) {
  auto list = std::make_shared<ListData>();
  for (const Value& item : items) grow(item, list->weight, list->depth);
  list->items = std::move(items);
  list->kind = kind;
  return std::shared_ptr<const ListData>(std::move(list));
}

Value make_dict(std::vector<std::pair<Value, Value>> items) {
  constexpr std::size_t kMostKeys = 5'000;
  if (items.size() > kMostKeys) throw Fault{fmt::format("a dict of over {} keys", kMostKeys)};
  auto dict = std::make_shared<DictData>();
  for (auto& [key, value] : items) {
    if (key.is_list() || key.is_dict())
      throw Fault{fmt::format("a {} as the key of a dict", type_name(key))};
    grow(value, dict->weight, dict->depth);
    dict->weight += key.weight();
    const auto same =
        std::find_if(dict->items.begin(), dict->items.end(),
                     [&key = key](const auto& item) { return equal(item.first, key); });
    if (same != dict->items.end()) {
      same->second = std::move(value);
    } else {
      dict->items.emplace_back(std::move(key), std::move(value));
    }
  }
  return std::shared_ptr<const DictData>(std::move(dict));
}

Value from_json(const nlohmann::ordered_json& json, Origin origin) {
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX)
    throw Fault{fmt::format("the number {}, beyond 64 bits", json.get<std::uint64_t>())};
  if (json.is_number()) return json.get<std::int64_t>();
  if (json.is_string()) return text_value(json.get_ref<const std::string&>(), origin);
  if (json.is_array()) {
    std::vector<Value> items;
    for (const auto& item : json) items.push_back(from_json(item, origin));
    return make_list(std::move(items));
  }
  std::vector<std::pair<Value, Value>> items;
  for (const auto& [key, value] : json.items())
    items.emplace_back(text_value(key, origin), from_json(value, origin));
  return make_dict(std::move(items));
}

std::string_view type_name(const Value& value) {
  if (value.is_undefined()) return "undefined value";
  if (value.is_none()) return "None";
  if (value.is<bool>()) return "bool";
  if (value.is<std::int64_t>()) return "int";
  if (value.is<double>()) return "float";
  if (value.is_text()) return "str";
  if (value.is_dict()) return "dict";
  if (value.is<Namespace*>()) return "namespace";
  if (value.is<std::shared_ptr<const Loop>>()) return "loop";
  if (!value.is_list()) return "function";
  constexpr std::string_view kNames[] = {"list", "tuple", "range", "dict view", "generator"};
  return kNames[static_cast<int>(value.list().kind)];
}

bool truth(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (value.is_number()) return value.number() != 0;
  if (value.is_text()) return !value.text().empty();
  if (value.is_dict()) return !value.dict().items.empty();
  if (value.is_list())
    return value.list().kind == ListKind::kGenerator || !value.list().items.empty();
  return true;
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_integer() && b.is_integer() ? a.integer() == b.integer() : a.number() == b.number();
  }
  if (a.is_text() && b.is_text()) return a.text() == b.text();
  if (a.is_list() && b.is_list()) return equal_lists(a.list(), b.list());
  if (a.is_dict() && b.is_dict()) return equal_dicts(a.dict(), b.dict());
  if (a.is<Namespace*>() && b.is<Namespace*>()) return a.get<Namespace*>() == b.get<Namespace*>();
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

bool less(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_integer() && b.is_integer() ? a.integer() < b.integer() : a.number() < b.number();
  }
  if (a.is_text() && b.is_text()) return a.text().bytes < b.text().bytes;
  if (a.is_list() && b.is_list() && a.list().kind == b.list().kind) {
    const auto& first = a.list().items;
    const auto& second = b.list().items;
    const auto [x, y] =
        std::mismatch(first.begin(), first.end(), second.begin(), second.end(), equal);
    return y != second.end() && (x == first.end() || less(*x, *y));
  }
  for (const Value* value : {&a, &b})
    if (value->is_undefined()) throw Fault{value->get<Undefined>().what};
  throw Fault{fmt::format("a {} and a {} have no order", type_name(a), type_name(b))};
}

bool contains(const Value& container, const Value& element) {
  if (container.is_dict()) return container.dict().find(element) != nullptr;
  if (container.is_text()) {
    if (!element.is_text()) {
      if (element.is_undefined()) throw Fault{element.get<Undefined>().what};
      throw Fault{fmt::format("'in' of a str needs a str, not a {}", type_name(element))};
    }
    return container.text().bytes.find(element.text().bytes) != std::string::npos;
  }
  const std::vector<Value> items = elements(container);
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return equal(item, element); });
}

std::vector<Value> elements(const Value& value) {
  std::vector<Value> items;
  if (value.is_undefined()) return items;
  if (value.is_list()) {
    const ListData& list = value.list();
    if (list.kind == ListKind::kGenerator && std::exchange(list.walked, true))
      throw Fault{
          "a generator (of map, select and their like) is walked a second time; |list "
          "makes it a list"};
    return list.items;
  }
  if (value.is_dict()) {
    for (const auto& item : value.dict().items) items.push_back(item.first);
    return items;
  }
  if (!value.is_text()) throw Fault{fmt::format("a {} has no elements", type_name(value))};
  const std::vector<std::size_t> bounds = boundaries(value.text().bytes);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    items.emplace_back(value.text().cut(bounds[i], bounds[i + 1]));
  return items;
}

}  // namespace juror::jinja
