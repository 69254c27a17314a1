// Typed reading of a JSON object, with errors that name the file and the key.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace juror {

/// Refers to an object that lives elsewhere. Every function throws Error (kModel) with file, key,
/// the value met and the one expected. A key that is null counts as absent.
class ConfigReader {
 public:
  ConfigReader(const nlohmann::json& json, std::string file, std::string where)
      : json_(json), file_(std::move(file)), where_(std::move(where)) {}

  const std::string& file() const { return file_; }
  bool has(const char* key) const;
  /// Positive integers.
  std::int64_t count(const char* key) const;
  std::int64_t count(const char* key, std::int64_t fallback) const;
  double real(const char* key, double fallback) const;
  bool flag(const char* key, bool fallback) const;
  std::string text(const char* key, const std::string& fallback) const;
  /// A list of integers that are not negative.
  std::vector<std::int64_t> counts(const char* key) const;
  /// Refuses any value but the one that Juror computes with.
  void expect_text(const char* key, const std::string& expected) const;
  ConfigReader inside(const char* key) const;

 private:
  const nlohmann::json& find(const char* key) const;
  std::int64_t positive(const char* key, const nlohmann::json& value) const;

  const nlohmann::json& json_;
  std::string file_, where_;
};

}  // namespace juror
