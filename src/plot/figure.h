// What stands around a plot: title, note and legend; and the values that the page's script shows
// under the pointer.
#pragma once

#include <string>
#include <vector>

#include "plot/html.h"

namespace juror {

/// A name beside its colour; `value` (the last one, say) may be empty.
struct LegendEntry {
  std::string name;
  std::string value = {};
};

/// The values at one x of a plot, for the pointer.
struct HoverColumn {
  double x = 0;                     ///< in the viewBox
  std::string title;                ///< "step 12"
  std::vector<std::string> values;  ///< one a series; empty: none here
};

/// The style class of the colour of series `index`: "s1" … "s7", then again from the start.
std::string series_class(std::size_t index);

/// <figure> with title, note (may be empty), legend (left out when empty) and the drawing.
Markup figure(const std::string& title, const std::string& note,
              const std::vector<LegendEntry>& legend, const Markup& drawing);

/// Attributes of the <svg> that hand `columns` to the script as JSON.
Attributes hover_attributes(const std::vector<std::string>& names,
                            const std::vector<HoverColumn>& columns);

}  // namespace juror
