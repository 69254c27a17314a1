// Plots of probabilities and accuracies: reliability, both orders against each other, groups with
// intervals.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "plot/frame.h"

namespace juror {

/// One bin of predicted probabilities; means are NaN in an empty bin.
struct ReliabilityBar {
  double low = 0;
  double high = 1;
  std::int64_t count = 0;
  double mean_p = std::numeric_limits<double>::quiet_NaN();
  double mean_outcome = std::numeric_limits<double>::quiet_NaN();
};

/// The size of the square plots here, with room for a label above the y axis.
inline constexpr FrameSize kSquareFrame = {
    .width = 360, .height = 310, .left = 46, .right = 18, .top = 24, .bottom = 36};

/// Human share against predicted probability, the diagonal of a perfect judge, and the counts as
/// bars below.
Markup reliability_figure(const std::string& title, const std::string& note,
                          const std::vector<ReliabilityBar>& bars);

/// P(first better) of one pair, seen in either order.
struct OrderPoint {
  double p_ij = 0;
  double p_ji = 0;
};

/// One order against the other: on the diagonal order does not matter, in the shaded corners it
/// turns the answer.
Markup order_figure(const std::string& title, const std::string& note,
                    const std::vector<OrderPoint>& points);

/// One dot of a scatter plot; NaN: left out.
struct ScatterPoint {
  double x = 0, y = 0;
};

/// Dots on axes that hold them all.
Markup scatter_figure(const std::string& title, const std::string& note,
                      const std::vector<ScatterPoint>& points,
                      const std::array<std::string, 2>& labels);

/// A group of pairs with its accuracy; NaN where there is none.
struct GroupBar {
  std::string label;
  std::int64_t count = 0;
  double value = 0;
  double low = 0, high = 1;  ///< 95 % interval; NaN: not known
};

/// Horizontal bars from 0 to 1 with whiskers, one a group.
Markup group_figure(const std::string& title, const std::string& note,
                    const std::vector<GroupBar>& bars);

/// The ends of the strips of a table column: shares rounded outwards to tenths, one half inside.
struct StripEnds {
  double low = 0;
  double high = 1;
  std::string words() const;  ///< "40 – 90 %"
};
StripEnds strip_ends(const std::vector<double>& values);

/// A strip with a dot and its interval (NaN: none) and a tick at one half; for table cells. `css`
/// colours the dot.
Markup interval_strip(const GroupBar& value, const StripEnds& ends, const std::string& css);

/// A strip from 0 to 1 filled up to `p`, with a second mark (the human share; NaN: none).
Markup probability_strip(double p, double share);

}  // namespace juror
