// Lines over training steps (or any x), with optional bands.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "plot/frame.h"

namespace juror {

/// One point of a line. A y of NaN breaks the line. The band goes from `low` to `high` where both
/// are finite.
struct Point {
  double x = 0;
  double y = 0;
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

struct Series {
  std::string name;
  std::vector<Point> points;  ///< x ascending
};

/// A vertical line with its meaning, e.g. an alarm.
struct Mark {
  double x = 0;
  std::string meaning;
};

struct LinePlot {
  std::string title;
  std::string note = {};  ///< a sentence under the title; may be empty
  std::vector<Series> series;
  std::vector<Mark> marks = {};
  NumberKind kind = NumberKind::kPlain;  ///< of y
  NumberKind x_kind = NumberKind::kPlain;
  ScaleKind scale = ScaleKind::kLinear;  ///< of y; a log scale drops what is not positive
  std::string x_label = "step";
  FrameSize size = {};
  bool from_zero = false;  ///< the y axis begins at 0 even if no value is near it
};

/// More points than these could not be told apart at the width of a plot.
inline constexpr std::size_t kMostPoints = 150;

/// At most `most` points: runs of neighbours become their mean, with their least and greatest value
/// as band (or the mean of their bands where they have some). A run that is all NaN stays NaN.
Series thinned(const Series& series, std::size_t most);

/// The frame that holds every point and band of the plot.
Frame frame_of(const LinePlot& plot);

/// The path of the line: "M52 10L60 12…"; a new M behind each gap.
std::string line_path(const Frame& frame, const std::vector<Point>& points);

/// A figure: title, legend with the last values, plot. Long series are thinned and the note says
/// so.
Markup line_figure(LinePlot plot);

}  // namespace juror
