// Pictures inside a page: small copies as data: URIs, or a box with the name where there is no
// picture to show.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/html.h"

namespace juror {

/// Makes a small JPEG, PNG or WebP of a picture's bytes; throws Error when it cannot. Given by the
/// caller: this room decodes no pictures.
using Shrink = std::function<std::string(const std::string& bytes, const std::string& name)>;

struct PictureOptions {
  std::vector<std::filesystem::path> roots;  ///< where relative names are looked for, in this order
  Shrink shrink = {};                        ///< null: only small files are shown
  std::size_t small_bytes = 40'000;          ///< files up to this size go in as they are
  std::size_t budget_bytes = 24'000'000;     ///< of all pictures of a page
};

/// "image/png", "image/jpeg", "image/webp", "image/gif"; "" for anything else. Looks at the first
/// bytes.
std::string_view picture_type(std::string_view bytes);

/// The pictures of one page, which share its budget.
class Pictures {
 public:
  explicit Pictures(PictureOptions options) : options_(std::move(options)) {}

  /// An <img> of the picture that `name` (a path, or a data: URI with base64) leads to; a <span>
  /// that names it and says why it is not shown otherwise. Never throws for a bad picture.
  Markup show(const std::string& name);

 private:
  Markup embed(const std::string& bytes, const std::string& shown_name);

  PictureOptions options_;
  std::size_t used_bytes_ = 0;
};

}  // namespace juror
