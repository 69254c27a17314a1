// Reading a JSON file whose form is fixed: each access says what it expects, and errors name the
// file and the key.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// Parses JSON (UTF-8, no comments). Throws Error (kModel) naming `name` and the place of the
/// fault.
nlohmann::json parse_json(std::string_view text, const std::string& name);

/// One value inside a parsed file, with the way to it. Does not own the value. All methods throw
/// Error (kModel) naming file, key, the value met and the type expected.
class JsonView {
 public:
  JsonView(const nlohmann::json& value, std::string name)
      : value_(&value), name_(std::move(name)) {}

  JsonView at(const std::string& key) const;  ///< a key of an object that must be there
  JsonView at(std::size_t index) const;       ///< an element of an array that must be there
  std::optional<JsonView> find(const std::string& key) const;  ///< absent and null are both nothing
  bool bool_or(const std::string& key, bool otherwise) const;  ///< absent and null are `otherwise`
  std::vector<JsonView> elements() const;                      ///< of an array
  const nlohmann::json& object() const;  ///< for walks too long to build a view of every entry
  const nlohmann::json& array() const;   ///< the same

  const std::string& text() const;
  std::int64_t integer() const;
  bool boolean() const;
  const nlohmann::json& raw() const { return *value_; }

  /// "FILE: KEY", for sentences about this value.
  std::string where() const;
  /// The value as it is written, cut short.
  std::string shown() const;

 private:
  JsonView child(const nlohmann::json& value, const std::string& step) const;
  void expect(bool fits, const char* type) const;

  const nlohmann::json* value_;
  std::string name_, path_;
};

}  // namespace juror
