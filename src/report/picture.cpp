#include "report/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDataUri = "data:";
constexpr std::array<std::string_view, 4> kDataTypes = {
    "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,",
    "data:image/gif;base64,"};

Markup placeholder(const std::string& name, const std::string& why) {
  return element_of("span", {}, name + " (" + why + ")");
}

Markup image(const std::string& uri, const std::string& name) {
  return element("img", {{"src", uri}, {"alt", name}});
}

bool is_known_data_uri(std::string_view uri) {
  const auto type = std::find_if(kDataTypes.begin(), kDataTypes.end(),
                                 [&](auto start) { return uri.starts_with(start); });
  if (type == kDataTypes.end()) return false;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  return uri.substr(type->size()).find_first_not_of(kAlphabet) == std::string_view::npos;
}

/// The first file that `name` may mean; empty when there is none.
fs::path find_file(const fs::path& name, const std::vector<fs::path>& roots) {
  std::error_code error;
  if (name.is_absolute()) return fs::is_regular_file(name, error) ? name : fs::path();
  for (const fs::path& root : roots) {
    if (fs::is_regular_file(root / name, error)) return root / name;
  }
  return {};
}

}  // namespace

std::string_view picture_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return "image/webp";
  return "";
}

Markup Pictures::show(const PictureId& picture) {
  if (picture.name.starts_with(kDataUri)) return show_uri(picture.name);
  try {
    const std::optional<std::string> bytes = bytes_of(picture);
    return bytes ? embed(*bytes, picture.name) : placeholder(picture.name, "not found");
  } catch (const Error&) {
    return placeholder(picture.name, "cannot be read");
  }
}

std::optional<std::string> Pictures::bytes_of(const PictureId& picture) const {
  if (const auto known = options_.known.find(picture); known != options_.known.end()) {
    require(known->second.has_value(), "The picture '{}' cannot be read.", picture.name);
    return *known->second;
  }
  const fs::path path = find_file(picture.name, options_.roots);
  return path.empty() ? std::nullopt : std::optional(read_file(path));
}

Markup Pictures::show_uri(const std::string& uri) {
  const std::string shown_name = "a picture inside the file";
  if (!is_known_data_uri(uri)) return placeholder(shown_name, "of a kind that is not shown");
  if (used_bytes_ + uri.size() > options_.budget_bytes)
    return placeholder(shown_name, "left out: the page is large");
  used_bytes_ += uri.size();
  return image(uri, shown_name);
}

Markup Pictures::embed(const std::string& bytes, const std::string& name) {
  if (picture_type(bytes).empty()) return placeholder(name, "not a picture");
  const bool is_small = bytes.size() <= options_.small_bytes;
  if (!is_small && !options_.shrink)
    return placeholder(name, fmt::format("{} kB", bytes.size() / 1000));
  const std::string shown = is_small ? bytes : options_.shrink(bytes, name);
  const std::string uri = fmt::format("data:{};base64,{}", picture_type(shown), base64(shown));
  if (used_bytes_ + uri.size() > options_.budget_bytes)
    return placeholder(name, "left out: the page is large");
  used_bytes_ += uri.size();
  return image(uri, name);
}

}  // namespace juror
