#include "serve/api/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/option_text.h"
#include "serve/http/message.h"

namespace juror {
namespace {

constexpr int kMostDepth = 64;

/// Brackets that are open at once, strings left out.
int depth_of(std::string_view text) {
  int depth = 0, most = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') most = std::max(most, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return most;
}

/// A value as errors show it.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() <= 60) return text;
  return std::string(value.type_name()) + " " + text.substr(0, 40) + "…";
}

}  // namespace

Json read_json_body(std::string_view body) {
  if (depth_of(body) > kMostDepth)
    throw HttpError(400, "bad_json",
                    fmt::format("The JSON is nested deeper than {} levels.", kMostDepth));
  try {
    Json json = Json::parse(body);
    if (!json.is_object())
      throw HttpError(
          400, "bad_json",
          fmt::format("The body is a JSON {}, and an object is expected.", json.type_name()));
    return json;
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    reason = reason.substr(0, 200);
    throw HttpError(400, "bad_json",
                    body.empty() ? "The body is empty, and JSON is expected."
                                 : "The body is no JSON: " + reason);
  }
}

std::string json_text(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

void refuse_value(const std::string& message) { throw HttpError(400, "bad_value", message); }

Fields::Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (object.is_object()) return;
  throw HttpError(400, "bad_value",
                  fmt::format("{} is {}, and an object is expected.",
                              where_.empty() ? "The request" : where_, shown(object)));
}

void Fields::refuse(const std::string& key, const std::string& expected) const {
  throw HttpError(
      400, "bad_value",
      fmt::format("{}{} is {}, and {} is expected.", where_, key, shown(value(key)), expected));
}

bool Fields::has(const std::string& key) const { return !value(key).is_null(); }

const Json& Fields::value(const std::string& key) const {
  static const Json kNull;
  const auto found = object_.find(key);
  return found == object_.end() ? kNull : *found;
}

std::optional<std::string> Fields::text(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  if (!value(key).is_string()) refuse(key, "a text");
  return value(key).get<std::string>();
}

std::optional<bool> Fields::boolean(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  if (!value(key).is_boolean()) refuse(key, "true or false");
  return value(key).get<bool>();
}

std::optional<std::int64_t> Fields::integer(const std::string& key, Range range) const {
  if (!has(key)) return std::nullopt;
  const Json& found = value(key);
  const double number = found.is_number() ? found.get<double>() : 0;
  const bool is_whole =
      found.is_number() && std::floor(number) == number && std::abs(number) < 9e15;
  if (!is_whole || number < range.low || number > range.high)
    refuse(key, std::isinf(range.high)
                    ? "a whole number"
                    : fmt::format("a whole number from {:.0f} to {:.0f}", range.low, range.high));
  return static_cast<std::int64_t>(number);
}

std::optional<double> Fields::number(const std::string& key, Range range) const {
  if (!has(key)) return std::nullopt;
  const Json& found = value(key);
  if (!found.is_number() || found.get<double>() < range.low || found.get<double>() > range.high)
    refuse(key, std::isinf(range.high)
                    ? "a number"
                    : fmt::format("a number from {} to {}", range.low, range.high));
  return found.get<double>();
}

void Fields::set(Option option) const {
  if (!has(option.name)) return;
  const Json& given = value(option.name);
  const OptionType type = option.type();
  const bool is_right = type == OptionType::kBoolean ? given.is_boolean()
                        : type == OptionType::kText  ? given.is_string()
                                                     : given.is_number();
  if (!is_right) refuse(option.name, option.expected());
  std::string text = given.is_string() ? given.get<std::string>() : given.dump();
  if (type == OptionType::kInteger && text.ends_with(".0")) text.resize(text.size() - 2);
  try {
    option.set({text}, {.source = Source::kFlag, .where = option.name});
  } catch (const Error&) {
    refuse(option.name, option.expected() + did_you_mean(text, option.words));
  }
}

const Json* Fields::list(const std::string& key) const {
  if (!has(key)) return nullptr;
  if (!value(key).is_array()) refuse(key, "a list");
  return &value(key);
}

void Fields::refuse_others(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw HttpError(400, "unknown_key",
                    fmt::format("There is no key {}{}.{}", where_, key, did_you_mean(key, known)));
  }
}

}  // namespace juror
