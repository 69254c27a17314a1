#include "text/json_view.h"

#include "base/error.h"
#include "base/parse_json.h"
#include "base/shown_json.h"

namespace juror {

nlohmann::json parse_json(std::string_view text, const std::string& name) {
  try {
    if (nests_too_deep(text))
      throw Error(fmt::format("{} nests lists or objects deeper than {}, and no such file is known",
                              name, kDeepestJson),
                  ErrorKind::kModel);
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string what = error.what();
    const std::size_t tag_end = what.find("] ");
    throw Error(fmt::format("{} is not valid JSON: {}", name,
                            tag_end == std::string::npos ? what : what.substr(tag_end + 2)),
                ErrorKind::kModel);
  } catch (const nlohmann::json::exception&) {  // 1e999, say
    throw Error(fmt::format("{} holds a number that is too large", name), ErrorKind::kModel);
  }
}

JsonView JsonView::at(const std::string& key) const {
  const auto found = object().find(key);
  require_model(found != value_->end(), "{}: the key is missing", child(*value_, key).where());
  return child(*found, key);
}

std::optional<JsonView> JsonView::find(const std::string& key) const {
  const auto found = object().find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return child(*found, key);
}

bool JsonView::bool_or(const std::string& key, bool otherwise) const {
  const auto found = find(key);
  return found ? found->boolean() : otherwise;
}

JsonView JsonView::at(std::size_t index) const {
  require_model(index < array().size(), "{}: expected more than {} elements", where(), index);
  return child((*value_)[index], fmt::format("[{}]", index));
}

std::vector<JsonView> JsonView::elements() const {
  std::vector<JsonView> views;
  for (std::size_t i = 0; i < array().size(); ++i) views.push_back(at(i));
  return views;
}

const nlohmann::json& JsonView::object() const {
  expect(value_->is_object(), "an object");
  return *value_;
}

const nlohmann::json& JsonView::array() const {
  expect(value_->is_array(), "an array");
  return *value_;
}

const std::string& JsonView::text() const {
  expect(value_->is_string(), "a string");
  return value_->get_ref<const std::string&>();
}

std::int64_t JsonView::integer() const {
  expect(value_->is_number_integer(), "an integer");
  return value_->get<std::int64_t>();
}

bool JsonView::boolean() const {
  expect(value_->is_boolean(), "true or false");
  return value_->get<bool>();
}

std::string JsonView::where() const { return path_.empty() ? name_ : name_ + ": " + path_; }

std::string JsonView::shown() const { return shown_json(*value_); }

JsonView JsonView::child(const nlohmann::json& value, const std::string& step) const {
  JsonView view(value, name_);
  view.path_ = path_.empty() || step.starts_with("[") ? path_ + step : path_ + "." + step;
  return view;
}

void JsonView::expect(bool fits, const char* type) const {
  if (!fits)
    throw Error(fmt::format("{}: expected {}, found {}", where(), type, shown()),
                ErrorKind::kModel);
}

}  // namespace juror
