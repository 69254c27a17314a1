// The logistic function σ, its logarithm, and softmax.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace juror {

/// σ(x) = 1 / (1 + e^−x), without overflow for any x; NaN for NaN.
inline double logistic(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

/// log σ(x) without overflow.
inline double log_logistic(double x) {
  return std::min(x, 0.0) - std::log1p(std::exp(-std::abs(x)));
}

/// e^x of each, and their sum, as multiples of the largest: without overflow. Not empty.
struct SoftmaxTerms {
  std::vector<double> terms;
  double sum = 0;
};
inline SoftmaxTerms softmax_terms(std::span<const double> xs) {
  const double most = *std::max_element(xs.begin(), xs.end());
  SoftmaxTerms result;
  for (const double x : xs) {
    result.terms.push_back(std::exp(x - most));
    result.sum += result.terms.back();
  }
  return result;
}

}  // namespace juror
