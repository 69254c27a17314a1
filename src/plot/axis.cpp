#include "plot/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace juror {
namespace {

/// The smallest of 1, 2, 5 · 10ⁿ that is not below `least`.
double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

double step_of(double low, double high, int about) {
  return nice_step((high - low) / std::max(1, about - 1));
}

/// The multiples of `step` in [low, high], a hair beyond the ends included.
std::vector<double> multiples(double step, double low, double high) {
  std::vector<double> list;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i)
    list.push_back(i * step + 0.0);
  return list;
}

/// Ends that differ: a constant series gets room above and below.
void widen(double& low, double& high) {
  if (!std::isfinite(low) || !std::isfinite(high)) {
    low = 0;
    high = 1;
  }
  if (high - low > 1e-12 * std::max(std::abs(low), std::abs(high))) return;
  const double room = low == 0 ? 1 : std::abs(low) / 2;
  high += room;
  low -= low == 0 ? 0 : room;
}

}  // namespace

double Axis::position(double value) const {
  if (scale == ScaleKind::kLinear) return (value - low) / (high - low);
  if (!(value > 0)) return std::numeric_limits<double>::quiet_NaN();
  return std::log(value / low) / std::log(high / low);
}

std::vector<double> nice_ticks(double low, double high, int about) {
  return multiples(step_of(low, high, about), low, high);
}

Axis linear_axis(double low, double high, int about) {
  widen(low, high);
  const double step = step_of(low, high, about);
  const double first = std::floor(low / step + 1e-9) * step,
               last = std::ceil(high / step - 1e-9) * step;
  return {.low = first, .high = last, .ticks = multiples(step, first, last)};
}

Axis exact_axis(double low, double high, int about) {
  widen(low, high);
  return {.low = low, .high = high, .ticks = nice_ticks(low, high, about)};
}

Axis log_axis(double low, double high) {
  if (!(low > 0) || !(high > 0) || !std::isfinite(low) || !std::isfinite(high)) low = high = 1;
  const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
  const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high) - 1e-9)));
  const int stride = (last - first + 6) / 6;  // six ticks at most
  Axis axis{.low = std::pow(10.0, first),
            .high = std::pow(10.0, last),
            .scale = ScaleKind::kLog,
            .ticks = {}};
  for (int power = first; power <= last; power += stride)
    axis.ticks.push_back(std::pow(10.0, power));
  return axis;
}

std::string tick_text(const Axis& axis, double tick, NumberKind kind) {
  if (axis.scale == ScaleKind::kLog || kind == NumberKind::kBytes || axis.ticks.size() < 2)
    return number_text(tick, kind);
  double step = axis.ticks[1] - axis.ticks[0];
  if (kind == NumberKind::kPercent) {
    const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(100 * step) - 1e-9)));
    return fixed_text(100 * tick, decimals) + " %";
  }
  const double magnitude = std::max(std::abs(axis.low), std::abs(axis.high));
  if (magnitude >= 1e4 || magnitude < 1e-3) return number_text(tick);
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  return fixed_text(tick, decimals) + (kind == NumberKind::kSeconds ? " s" : "");
}

}  // namespace juror
