// The pictures of a request before they are decoded, in every form that clients use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/api/fields.h"

namespace juror {

/// What stands for a picture: words (a data URI, base64, file:…) or the bytes themselves.
struct PictureSource {
  std::string id;    ///< that the client gave; "" without one
  std::string name;  ///< for errors: "images[2]", a file's name
  std::string text;  ///< or bytes
  bool is_bytes = false;
};

/// A picture in JSON: a text, or an object with one of `image`, `data`, `url`, `image_url` (a text
/// or {"url"}), `b64_json`, or with `content`, a list with one such part. `id` is kept. Throws
/// HttpError (400) naming `where` for anything else.
PictureSource picture_source(const Json& json, const std::string& where);

/// What a query says: a text, {"text"}, or {"content":[{"type":"text","text"}…]}. Throws HttpError:
/// 400 for anything else, 422 for a picture, since pictures are judged by words.
std::string query_text(const Json& json, const std::string& where);

}  // namespace juror
