// Student's t: how much wider than normal an interval is whose scale was estimated too.
#pragma once

#include <algorithm>

namespace juror {

/// The 97.5 % point of the normal distribution.
inline constexpr double kNormal95 = 1.959963984540054;

/// The 97.5 % point of Student's t, within 1 % from three degrees of freedom on; fewer count as
/// three. Source: Abramowitz and Stegun 26.7.5.
inline double student95(double freedom) {
  const double v = std::max(freedom, 3.0), z = kNormal95, z2 = z * z;
  const double first = z * (z2 + 1) / 4, second = z * ((5 * z2 + 16) * z2 + 3) / 96,
               third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  return z + first / v + second / (v * v) + third / (v * v * v);
}

}  // namespace juror
