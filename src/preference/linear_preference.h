// Bradley–Terry with features: how much each feature of an image adds to its strength. Maths only;
// what the features are belongs to the caller.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace juror {

/// One pair: the features of the first image less those of the second, and how often the first was
/// preferred.
struct FeaturePair {
  std::vector<double> difference;  ///< [k]
  double share = 0.5;              ///< 0 … 1
  double weight = 1;               ///< above 0
};

struct LinearFit {
  std::vector<double> weights;  ///< [k], log-odds a unit of the feature
  double log_likelihood = 0;    ///< mean over the pairs' weights, without the ridge term
  std::int64_t iterations = 0;
};

/// Maximises Σ weight·[share·log σ(w·d) + (1 − share)·log σ(−w·d)] − ridge/2·|w|², by Newton's
/// method (IRLS) with step halving. There is no intercept: swapping a pair mirrors its probability.
/// ridge > 0 keeps the weights finite when the pairs can be separated, and the solution unique when
/// features are copies of each other. Memory: [k, k]; pairs are passed over once an iteration.
/// Throws Error without pairs, when their features are not as many, or for a share outside 0 … 1.
LinearFit fit_linear_preference(std::span<const FeaturePair> pairs, double ridge);

/// Minimises Σ (target − w·row)² + ridge·|w|². There is no intercept: centre rows and targets.
/// Throws Error without rows, when they are not of one length or not as many as the targets, and
/// unless ridge is above 0.
std::vector<double> fit_ridge(std::span<const std::vector<double>> rows,
                              std::span<const double> targets, double ridge);

}  // namespace juror
