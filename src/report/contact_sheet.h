// A contact sheet: pictures by rank with intervals and reasons, two of them side by side with one
// zoom. One self-contained page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace juror {

struct SheetPicture {
  std::string name;
  std::string bytes;          ///< JPEG, PNG or WebP; empty: it cannot be shown
  int width = 0, height = 0;  ///< of the original
  std::int64_t position = 1;
  double score = 0.5, score_low = 0, score_high = 1;
  std::string reason;
  std::string tier = {};  ///< "best", "ok", "rest"; "" says nothing
};

struct SheetGroup {
  std::string title;                   ///< the prompt, or a name
  std::vector<SheetPicture> pictures;  ///< best first
};

struct ContactSheet {
  std::string title, judge;
  std::vector<SheetGroup> groups;
  std::vector<std::string> notices = {};  ///< what a reader must know first
};

/// The whole document. Works without a network; keys: arrows go from picture to picture, Enter
/// chooses, two chosen open side by side.
std::string contact_sheet_html(const ContactSheet& sheet);

}  // namespace juror
