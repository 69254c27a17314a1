// metrics.jsonl of a training run, as columns by name.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "plot/line_plot.h"

namespace juror {

struct Alarm {
  double step = 0;
  std::string words;
};

struct Metrics {
  std::vector<std::string> names;  ///< in the order in which they first occur; without "step"
  std::map<std::string, std::vector<Point>>
      columns;                ///< by name; x is the step, ascending; null is NaN
  std::vector<Alarm> alarms;  ///< lines {"step", "alarm": text}
  double last_step = 0;
  bool was_cut = false;  ///< the file ends in the middle of a line

  const std::vector<Point>* find(const std::string& name) const;
  /// The last finite value; NaN without one.
  double last(const std::string& name) const;
};

/// Numbers and booleans become columns; texts and anything nested are left out. A step that comes
/// again (a resumed run) replaces what stood there and behind. Throws Error with file and line: no
/// JSON object, no number at "step".
Metrics read_metrics(const std::filesystem::path& file);

}  // namespace juror
