#include "base/shown_json.h"

#include <nlohmann/json.hpp>

namespace juror {
namespace {

constexpr std::size_t kMost = 60;  // bytes
constexpr int kDeepest = 8;

std::string quoted(std::string text) {
  if (text.size() > kMost) text.resize(kMost);
  return nlohmann::json(std::move(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <class Json>
void write(const Json& value, int depth, std::string& out) {
  if (value.is_string()) {
    out += quoted(value.template get_ref<const std::string&>());
  } else if (value.is_primitive()) {
    out += value.dump();
  } else if (depth > kDeepest) {
    out += "…";
  } else {
    const bool is_object = value.is_object();
    out += is_object ? '{' : '[';
    bool is_first = true;
    for (auto item = value.begin(); item != value.end() && out.size() <= kMost; ++item) {
      if (!is_first) out += ',';
      is_first = false;
      if (is_object) out += quoted(item.key()) + ':';
      write(*item, depth + 1, out);
    }
    out += is_object ? '}' : ']';
  }
}

template <class Json>
std::string shown(const Json& value) {
  std::string text;
  write(value, 0, text);
  if (text.size() <= kMost) return text;
  text.resize(kMost);
  while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();  // inside a character
  if (!text.empty() && (text.back() & 0x80) != 0) text.pop_back();
  return text + "…";
}

}  // namespace

std::string shown_json(const nlohmann::json& value) { return shown(value); }
std::string shown_json(const nlohmann::ordered_json& value) { return shown(value); }

}  // namespace juror
