// The keys of a JSON request: read with their types, and what is wrong said with the key's name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/option_text.h"

namespace juror {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// A request's body as JSON, whatever type it was sent as. Throws HttpError (400) for what is no
/// JSON object in UTF-8, and for one that is nested too deeply.
Json read_json_body(std::string_view body);

/// One line of JSON; bytes that are no UTF-8 become replacement characters.
std::string json_text(const OrderedJson& json);

/// Throws HttpError (400) that says what is wrong with a value.
[[noreturn]] void refuse_value(const std::string& message);

/// Typed looks into a JSON object. Every getter takes null for "not given" and throws HttpError
/// (400) naming the key, what is there and what is expected.
class Fields {
 public:
  /// `where` is put in front of keys in errors, e.g. "images[2].". Throws HttpError (400) for what
  /// is no object. The object must outlive this.
  explicit Fields(const Json& object, std::string where = "");

  bool has(const std::string& key) const;
  /// Null where it is not given.
  const Json& value(const std::string& key) const;
  std::optional<std::string> text(const std::string& key) const;
  std::optional<bool> boolean(const std::string& key) const;
  std::optional<std::int64_t> integer(const std::string& key, Range range = {}) const;
  std::optional<double> number(const std::string& key, Range range = {}) const;
  /// Sets the option by the value under its name, if there is one, within what the option allows.
  void set(Option option) const;
  /// Nothing where it is not given; an array otherwise.
  const Json* list(const std::string& key) const;

  /// Throws HttpError (400), with a suggestion, for a key that is not among these.
  void refuse_others(const std::vector<std::string>& known) const;

 private:
  [[noreturn]] void refuse(const std::string& key, const std::string& expected) const;
  const Json& object_;
  std::string where_;
};

}  // namespace juror
