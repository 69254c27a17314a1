// Parts of a whole over steps: each series drawn on top of those before it.
#pragma once

#include "plot/line_plot.h"

namespace juror {

/// `plot.series` on common x, each with the sum of itself and those before it as y, from the sum
/// before it (`low`) to that (`high`). Values are taken as ≥ 0; a series without a value at an x
/// counts as 0 there.
std::vector<Series> stacked(const std::vector<Series>& series);

/// A figure of filled areas with a legend; long series are thinned and the note says so.
Markup stacked_figure(LinePlot plot);

}  // namespace juror
