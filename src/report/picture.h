// Pictures inside a page: small copies as data: URIs, or a box with the name where there is no
// picture to show.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plot/html.h"

namespace juror {

/// Makes a small JPEG, PNG or WebP of a picture's bytes; throws Error when it cannot. Given by the
/// caller: this room decodes no pictures.
using Shrink = std::function<std::string(const std::string& bytes, const std::string& name)>;

/// A picture as a journal names it: a path or a data: URI, and where it stands in a data set.
struct PictureId {
  std::string name;
  std::string example = {};  ///< id of the example; empty: the name is all that is known
  std::size_t index = 0;     ///< among the images of the example

  // NOLINTNEXTLINE(modernize-use-nullptr): version 14 takes the 0 of a default <=> for a pointer
  auto operator<=>(const PictureId&) const = default;
};

/// Bytes of pictures of a data set; nothing for one that is there and cannot be read.
using PictureBytes = std::map<PictureId, std::optional<std::string>>;

/// The data set of an evaluation, as it was opened.
struct EvaluatedData {
  std::string path, format, split;
};

/// Reads these pictures of a data set and no others. Given by the caller: this room reads no data
/// sets. Leaves out what the data set does not have.
using ReadPictures =
    std::function<PictureBytes(const EvaluatedData& data, const std::vector<PictureId>& wanted)>;

/// What the caller does for the pictures of a page.
struct PictureTools {
  Shrink shrink = {};
  ReadPictures read = {};  ///< null: pictures are looked for as files alone
};

struct PictureOptions {
  std::vector<std::filesystem::path> roots;  ///< where relative names are looked for, in this order
  PictureBytes known = {};                   ///< these are not looked for
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

  /// An <img> of the picture; a <span> that names it and says why it is not shown otherwise. Never
  /// throws for a bad picture.
  Markup show(const PictureId& picture);

 private:
  Markup show_uri(const std::string& uri);
  std::optional<std::string> bytes_of(const PictureId& picture) const;
  Markup embed(const std::string& bytes, const std::string& shown_name);

  PictureOptions options_;
  std::size_t used_bytes_ = 0;
};

}  // namespace juror
