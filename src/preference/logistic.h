// The logistic function σ and its logarithm.
#pragma once

#include <algorithm>
#include <cmath>

namespace juror {

/// σ(x) = 1 / (1 + e^−x), without overflow for any x; NaN for NaN.
inline double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// log σ(x) without overflow.
inline double log_logistic(double x) {
  return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x)));
}

}  // namespace juror
