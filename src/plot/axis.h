// The axes of a plot: where a value lies between the ends, and where the ticks are.
#pragma once

#include <string>
#include <vector>

#include "plot/number_text.h"

namespace juror {

enum class ScaleKind { kLinear, kLog };

/// low < high; on a log scale both are positive. Ticks lie inside, ascending.
struct Axis {
  double low = 0;
  double high = 1;
  ScaleKind scale = ScaleKind::kLinear;
  std::vector<double> ticks;

  /// 0 at `low`, 1 at `high`; beyond them for values outside. NaN for what has no place (0 on a log
  /// scale).
  double position(double value) const;
};

/// The multiples of 1, 2 or 5 · 10ⁿ in [low, high] whose step gives `about` of them or fewer.
std::vector<double> nice_ticks(double low, double high, int about);

/// A linear axis over the data, ends rounded outwards to ticks. Equal ends are widened; so are ends
/// that are not finite.
Axis linear_axis(double low, double high, int about = 5);

/// A linear axis with just these ends, e.g. 0 and 1, or the first and last step.
Axis exact_axis(double low, double high, int about = 5);

/// A log axis over positive data, ends rounded outwards to powers of ten; ticks at powers of ten,
/// at most six.
Axis log_axis(double low, double high);

/// What stands at a tick: as many decimals as the step between ticks needs.
std::string tick_text(const Axis& axis, double tick, NumberKind kind = NumberKind::kPlain);

}  // namespace juror
