#include "model/config_reader.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/shown_json.h"

namespace juror {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostCount = (1LL << 31) - 1;

bool is_count(const Json& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMostCount);
}

}  // namespace

bool ConfigReader::has(const char* key) const {
  return json_.contains(key) && !json_[key].is_null();
}

std::int64_t ConfigReader::count(const char* key) const { return positive(key, find(key)); }

std::int64_t ConfigReader::count(const char* key, std::int64_t fallback) const {
  return has(key) ? positive(key, json_[key]) : fallback;
}

double ConfigReader::real(const char* key, double fallback) const {
  if (!has(key)) return fallback;
  require_model(json_[key].is_number(), "'{}': {}{} is {}, and a number is expected.", file_,
                where_, key, shown_json(json_[key]));
  return json_[key].get<double>();
}

bool ConfigReader::flag(const char* key, bool fallback) const {
  if (!has(key)) return fallback;
  require_model(json_[key].is_boolean(), "'{}': {}{} is {}, and true or false is expected.", file_,
                where_, key, shown_json(json_[key]));
  return json_[key].get<bool>();
}

std::string ConfigReader::text(const char* key, const std::string& fallback) const {
  if (!has(key)) return fallback;
  require_model(json_[key].is_string(), "'{}': {}{} is {}, and a text is expected.", file_, where_,
                key, shown_json(json_[key]));
  return json_[key].get<std::string>();
}

std::vector<std::int64_t> ConfigReader::counts(const char* key) const {
  const Json& list = find(key);
  require_model(list.is_array(), "'{}': {}{} is {}, and a list is expected.", file_, where_, key,
                shown_json(list));
  std::vector<std::int64_t> values;
  for (const Json& value : list) {
    require_model(is_count(value), "'{}': {}{} holds {}, and an integer from 0 to {} is expected.",
                  file_, where_, key, shown_json(value), kMostCount);
    values.push_back(value.get<std::int64_t>());
  }
  return values;
}

void ConfigReader::expect_text(const char* key, const std::string& expected) const {
  require_model(text(key, expected) == expected, "'{}': {}{} is '{}', and Juror knows '{}'.", file_,
                where_, key, text(key, ""), expected);
}

ConfigReader ConfigReader::inside(const char* key) const {
  const Json& object = find(key);
  require_model(object.is_object(), "'{}': {}{} is not an object.", file_, where_, key);
  return {object, file_, where_ + key + "."};
}

const Json& ConfigReader::find(const char* key) const {
  require_model(has(key), "'{}' lacks the key {}{}.", file_, where_, key);
  return json_[key];
}

std::int64_t ConfigReader::positive(const char* key, const Json& value) const {
  require_model(is_count(value) && value.get<std::int64_t>() > 0,
                "'{}': {}{} is {}, and an integer from 1 to {} is expected.", file_, where_, key,
                shown_json(value), kMostCount);
  return value.get<std::int64_t>();
}

}  // namespace juror
