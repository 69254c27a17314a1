// The logistic function σ.
#pragma once

#include <cmath>

namespace juror {

/// σ(x) = 1 / (1 + e^−x), without overflow for any x; NaN for NaN.
inline double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

}  // namespace juror
