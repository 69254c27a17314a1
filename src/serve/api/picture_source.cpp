#include "serve/api/picture_source.h"

#include <fmt/format.h>

#include "serve/http/message.h"

namespace juror {
namespace {

constexpr const char* kForms =
    "a picture as a data URI or base64: a text, {\"image\": …}, {\"image_url\": {\"url\": …}} or "
    "{\"content\": […]}";

[[noreturn]] void refuse(const std::string& where, const char* expected) {
  throw HttpError(400, "bad_value", fmt::format("{} is not {}.", where, expected));
}

/// The one part of a `content` that is a picture.
PictureSource of_content(const Json& content, const std::string& where) {
  const Json* picture = nullptr;
  for (const Json& part : content) {
    if (part.is_object() && part.contains("text") && !part.contains("image_url") &&
        !part.contains("image"))
      continue;  // words beside the picture, a title for instance
    if (picture != nullptr) refuse(where + ".content", "one picture alone");
    picture = &part;
  }
  if (picture == nullptr) refuse(where + ".content", kForms);
  return picture_source(*picture, where + ".content");
}

}  // namespace

PictureSource picture_source(const Json& json, const std::string& where) {
  if (json.is_string()) return {.id = {}, .name = where, .text = json.get<std::string>()};
  if (!json.is_object()) refuse(where, kForms);
  const Fields fields(json, where + ".");
  PictureSource source{.id = {}, .name = where};
  if (json.contains("content") && json["content"].is_array()) {
    source = of_content(json["content"], where);
  } else {
    for (const char* key :
         {"image", "data", "image_url", "url", "b64_json", "image_b64", "base64"}) {
      if (!fields.has(key)) continue;
      const Json& value = fields.value(key);
      source.text = value.is_object()
                        ? Fields(value, where + "." + key + ".").text("url").value_or("")
                        : fields.text(key).value_or("");
      break;
    }
    if (source.text.empty()) refuse(where, kForms);
  }
  if (fields.has("id"))
    source.id = fields.value("id").is_string() ? *fields.text("id") : fields.value("id").dump();
  return source;
}

std::string query_text(const Json& json, const std::string& where) {
  if (json.is_string()) return json.get<std::string>();
  constexpr const char* kExpected =
      "a text, {\"text\": …} or {\"content\": [{\"type\": \"text\", …}]}";
  if (!json.is_object()) refuse(where, kExpected);
  if (json.contains("text") && json["text"].is_string()) return json["text"].get<std::string>();
  if (json.contains("image") || json.contains("image_url"))
    throw HttpError(422, "query_is_image", where + " is a picture; pictures are judged by words.");
  if (!json.contains("content") || !json["content"].is_array()) refuse(where, kExpected);
  std::string text;
  for (const Json& part : json["content"]) {
    if (!part.is_object() || !part.contains("text") || !part["text"].is_string())
      throw HttpError(422, "query_is_image",
                      where + " has a part that is no text; pictures are judged by words.");
    text += part["text"].get<std::string>();
  }
  return text;
}

}  // namespace juror
