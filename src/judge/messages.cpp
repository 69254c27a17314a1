#include "judge/messages.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace juror {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& json, const char* key, const std::string& where) {
  require(json.is_object() && json.contains(key) && json[key].is_string(),
          "{}: the text '{}' is missing.", where, key);
  return json[key].get<std::string>();
}

/// Refuses keys beside these: what Juror does not read, it does not pass over.
void require_keys(const Json& json, std::initializer_list<std::string_view> keys,
                  const std::string& where) {
  for (const auto& [key, value] : json.items()) {
    require(std::find(keys.begin(), keys.end(), key) != keys.end(),
            "{}: the key '{}' is unknown; {} are known.", where, key, fmt::join(keys, " and "));
  }
}

ContentPart read_part(const Json& json, const std::string& where, const std::filesystem::path& root,
                      std::vector<std::filesystem::path>& images) {
  const std::string type = text_at(json, "type", where);
  if (type == "text") require_keys(json, {"type", "text"}, where);
  if (type == "text") return {.kind = ContentPart::kText, .text = text_at(json, "text", where)};
  require(type == "image", "{}: a content part has the type '{}'; 'text' or 'image' is expected.",
          where, type);
  require_keys(json, {"type", "image"}, where);
  images.push_back(root / text_at(json, "image", where));
  return {.kind = ContentPart::kImage, .text = {}};
}

}  // namespace

Conversation read_conversation(const Json& json, const std::string& where,
                               const std::filesystem::path& root) {
  require(json.is_object() && json.contains("messages") && json["messages"].is_array() &&
              !json["messages"].empty(),
          "{}: a list of messages is expected under the key 'messages'.", where);
  Conversation conversation;
  for (std::size_t i = 0; i < json["messages"].size(); ++i) {
    const Json& message = json["messages"][i];
    const std::string place = fmt::format("{}: messages[{}]", where, i);
    Message read{.role = text_at(message, "role", place), .content = {}};
    require(message.contains("content"), "{}: the key 'content' is missing.", place);
    const Json& content = message["content"];
    require_keys(message, {"role", "content"}, place);
    if (content.is_string()) {
      read.is_plain = true;
      read.content.push_back({.kind = ContentPart::kText, .text = content.get<std::string>()});
    } else {
      require(content.is_array(), "{}: content must be a text or a list of parts.", place);
      for (std::size_t k = 0; k < content.size(); ++k) {
        const std::string part = fmt::format("{}.content[{}]", place, k);
        read.content.push_back(read_part(content[k], part, root, conversation.images));
      }
    }
    conversation.messages.push_back(std::move(read));
  }
  return conversation;
}

}  // namespace juror
