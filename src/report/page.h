// The shell of every report: one HTML file that needs no network, no script to be read, and fits
// light, dark and phone.
#pragma once

#include <string>
#include <vector>

#include "plot/html.h"

namespace juror {

/// A number of the headline.
struct Fact {
  std::string name;
  std::string value;
  std::string detail = {};  ///< small, below; may be empty
};

struct Section {
  std::string id;  ///< anchor: letters only
  std::string title;
  Markup content;
};

struct Page {
  std::string kind;      ///< "Training run"
  std::string title;     ///< the folder's name, the model
  std::string subtitle;  ///< a sentence; may be empty
  std::vector<Fact> facts;
  /// What a reader must know first: alarms, an unfinished run.
  std::vector<std::string> notices = {};
  std::vector<Section> sections;   ///< empty ones are left out
  Markup style = {}, script = {};  ///< of this kind of page, besides those of every page
  std::string maker = "juror report";
};

/// The whole document.
std::string page_html(const Page& page);

/// The style sheet and the script, both inline (style.cpp, script.cpp).
Markup style_sheet();
Markup hover_script();

}  // namespace juror
