#include "serve/http/multipart.h"

#include <fmt/format.h>

#include <algorithm>

namespace juror {
namespace {

constexpr std::size_t kMostHeadBytes = 4096;  // of one part

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

/// The value of `name` among parameters such as `; name="a"; filename=b`; nothing without it.
std::optional<std::string> parameter(std::string_view text, std::string_view name) {
  std::size_t at = text.find(';');
  while (at != std::string_view::npos && at < text.size()) {
    at = text.find_first_not_of("; \t", at);
    if (at == std::string_view::npos) break;
    const auto equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    const bool is_it = lower(text.substr(at, equals - at)) == name;
    std::string value;
    at = equals + 1;
    if (at < text.size() && text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') ++at;
        value += text[at];
      }
      at = text.find(';', at);
    } else {
      const auto end = std::min(text.find(';', at), text.size());
      value = text.substr(at, end - at);
      value.erase(value.find_last_not_of(" \t") + 1);
      at = end;
    }
    if (is_it) return value;
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& message) {
  throw HttpError(400, "bad_multipart", message);
}

HttpPart read_part(std::string_view text) {
  const auto end = text.substr(0, kMostHeadBytes).find("\r\n\r\n");
  if (end == std::string_view::npos) refuse("A part of the form has no end of its head.");
  HttpPart part;
  bool is_named = false;
  std::string_view head = text.substr(0, end + 2);
  while (!head.empty()) {
    const auto line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    head.remove_prefix(line_end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string name = lower(line.substr(0, colon));
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    if (name == "content-type") part.content_type = value;
    if (name != "content-disposition") continue;
    const auto given = parameter(value, "name");
    is_named = given.has_value();
    part.name = given.value_or("");
    part.filename = parameter(value, "filename").value_or("");
  }
  if (!is_named) refuse("A part of the form has no name.");
  part.body = text.substr(end + 4);
  return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  if (!lower(content_type).starts_with("multipart/form-data")) return std::nullopt;
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70)
    refuse("multipart/form-data needs a boundary of 1 to 70 characters.");
  return boundary;
}

std::vector<HttpPart> read_multipart(std::string_view body, const std::string& boundary,
                                     std::size_t most_parts) {
  const std::string mark = "--" + boundary, between = "\r\n" + mark;
  if (!body.starts_with(mark)) refuse("The form does not begin with its boundary.");
  body.remove_prefix(mark.size());
  std::vector<HttpPart> parts;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) refuse("A boundary of the form is followed by other text.");
    body.remove_prefix(2);
    const auto end = body.find(between);
    if (end == std::string_view::npos) refuse("The form is cut short.");
    if (parts.size() == most_parts)
      throw HttpError(413, "too_many_parts",
                      fmt::format("A form may have at most {} parts.", most_parts));
    parts.push_back(read_part(body.substr(0, end)));
    body.remove_prefix(end + between.size());
  }
  return parts;
}

}  // namespace juror
