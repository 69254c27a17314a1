// Values of the template language: Python's, as far as chat templates see them. They never change
// once made (as in transformers' sandbox); only a namespace does.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/marked_text.h"

namespace juror::jinja {

/// What a template did wrong, without its place; the interpreter adds file and line.
struct Fault {
  std::string sentence;
};

class Value;
struct ListData;
struct DictData;
struct Namespace;
struct Loop;
struct Macro;

/// A name, attribute or element that is not there; `what` says which ("'tools' is undefined").
struct Undefined {
  std::string what;
};
struct None {};
/// A function of the language itself, such as `range`.
struct Builtin {
  std::string name;
};
struct Method;

/// One value. Copies share texts, lists and dicts.
class Value {
 public:
  Value() : data_(None{}) {}
  Value(None) : data_(None{}) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(MarkedText text) : data_(std::make_shared<const MarkedText>(std::move(text))) {}
  Value(const char*) = delete;
  Value(std::shared_ptr<const ListData> list) : data_(std::move(list)) {}
  Value(std::shared_ptr<const DictData> dict) : data_(std::move(dict)) {}
  Value(Namespace* space) : data_(space) {}
  Value(std::shared_ptr<const Loop> loop) : data_(std::move(loop)) {}
  Value(const Macro* macro) : data_(macro) {}
  Value(Builtin builtin) : data_(std::move(builtin)) {}
  Value(std::shared_ptr<const Method> method) : data_(std::move(method)) {}

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(data_);
  }
  template <class T>
  const T& get() const {
    return std::get<T>(data_);
  }
  bool is_undefined() const { return is<Undefined>(); }
  bool is_none() const { return is<None>(); }
  bool is_text() const { return is<std::shared_ptr<const MarkedText>>(); }
  bool is_list() const { return is<std::shared_ptr<const ListData>>(); }  ///< or a tuple
  bool is_dict() const { return is<std::shared_ptr<const DictData>>(); }
  bool is_integer() const { return is<std::int64_t>() || is<bool>(); }
  bool is_number() const { return is_integer() || is<double>(); }

  const MarkedText& text() const { return *get<std::shared_ptr<const MarkedText>>(); }
  const ListData& list() const { return *get<std::shared_ptr<const ListData>>(); }
  const DictData& dict() const { return *get<std::shared_ptr<const DictData>>(); }
  std::int64_t integer() const;  ///< of an integer or a bool
  double number() const;         ///< of any number

  /// Values inside this one, itself included: what any work on it may cost.
  std::size_t weight() const;
  int depth() const;

 private:
  std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const MarkedText>,
               std::shared_ptr<const ListData>, std::shared_ptr<const DictData>, Namespace*,
               std::shared_ptr<const Loop>, const Macro*, Builtin, std::shared_ptr<const Method>>
      data_;
};

/// How Python would hold a row of values.
enum class ListKind {
  kList,
  kTuple,
  kRange,
  kView,       ///< of a dict's keys, values or items: no element by index
  kGenerator,  ///< what `map` and its like give: always true, walked once, without a length
};

struct ListData {
  std::vector<Value> items;
  ListKind kind = ListKind::kList;
  mutable bool walked = false;  ///< of a generator
  std::size_t weight = 1;
  int depth = 1;
};

/// Keys in the order in which they came; chat templates hold few, so they are searched in order.
struct DictData {
  std::vector<std::pair<Value, Value>> items;
  std::size_t weight = 1;
  int depth = 1;
  const Value* find(const Value& key) const;
  const Value* find(std::string_view key) const;
};

struct Namespace {
  std::vector<std::pair<std::string, Value>> items;
  Value* find(std::string_view name);
};

/// What `loop` is inside a for.
struct Loop {
  std::shared_ptr<const ListData> items;
  std::int64_t index0 = 0;
};

/// A method fetched but not yet called, such as the `keys` of a dict.
struct Method {
  Value object;
  std::string name;
};

Value text_value(std::string_view text, Origin origin = Origin::kTemplate);
/// Throws Fault where lists in lists, or the values in them, pass a bound.
Value make_list(std::vector<Value> items, ListKind kind = ListKind::kList);
Value make_dict(std::vector<std::pair<Value, Value>> items);  ///< a later key replaces an earlier
/// `json` as a value whose texts are all of `origin`.
Value from_json(const nlohmann::ordered_json& json, Origin origin);

/// Longest text that a template may make.
inline constexpr std::size_t kLongestText = std::size_t{4} << 20;
void require_length(std::size_t bytes);  ///< Throws Fault beyond kLongestText.

/// "str", "int", "list" …, as Python calls it.
std::string_view type_name(const Value& value);
bool truth(const Value& value);
bool equal(const Value& a, const Value& b);
bool less(const Value& a, const Value& b);  ///< Throws Fault for types without an order.
bool contains(const Value& container, const Value& element);
/// What a for walks over: elements, keys or characters. Throws Fault for anything else.
std::vector<Value> elements(const Value& value);

/// str(value): what an output writes.
MarkedText to_text(const Value& value);
/// repr(value).
MarkedText to_repr(const Value& value);
/// repr of a float: the shortest digits that read back as it.
std::string float_repr(double value);

}  // namespace juror::jinja
