// How well scores follow people's mean opinions: rank and linear correlation, as image quality
// assessment reports them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "preference/agreement.h"

namespace juror {

/// Pearson's r; NaN with fewer than two values or where one side never varies. Throws Error unless
/// both are of one length.
double pearson(std::span<const double> x, std::span<const double> y);

/// Spearman's ρ (SROCC): Pearson's r of the ranks, ties sharing their mean rank. As `pearson`.
double spearman(std::span<const double> x, std::span<const double> y);

/// Kendall's τ_b (KRCC), ties taken out of the norm; in n·log n steps. As `pearson`. Source: Knight
/// 1966.
double kendall(std::span<const double> x, std::span<const double> y);

/// The monotone logistic of VQEG, four parameters: bottom + (top − bottom) / (1 + e^−((x − middle)
/// / width)). Rising where top > bottom; width > 0.
struct LogisticMapping {
  double bottom = 0, top = 1, middle = 0, width = 1;
  double operator()(double x) const;
};

/// The mapping of scores to opinions with the least squares, by Levenberg–Marquardt from the ends
/// of the opinions and from the straight line of regression; the better fit counts. Nothing with
/// fewer than five images or where one side never varies. Source: VQEG, Final report …
/// full-reference television, phase II (2003).
std::optional<LogisticMapping> fit_logistic_mapping(std::span<const double> scores,
                                                    std::span<const double> opinions);

/// One number with its 95 % interval; both NaN where it is not known.
struct MeasuredNumber {
  double value;
  double low, high;
};

/// Of n images: how scores follow opinions.
struct Correlations {
  MeasuredNumber srocc, plcc, plcc_plain, krcc;  ///< plcc: after fit_logistic_mapping, below 0
                                                 ///< where that falls
  std::int64_t n = 0;
};

/// Intervals are percentiles of draws of as many images with replacement, the mapping fitted anew
/// to each. Scores that are NaN are left out with their images.
Correlations correlations(std::span<const double> scores, std::span<const double> opinions,
                          const BootstrapOptions& options = {});

/// A value of a pair, say 1 for a right one, and the two images that it is of.
struct PairValue {
  std::size_t first = 0, second = 0;
  double value = 0;
};

/// The mean over pairs. Its interval: images are drawn with replacement, and a pair counts as often
/// as both its images were drawn together (the product of their counts), since pairs that share an
/// image are no independent cases. Fewer than five images, or values all alike: measured_share's
/// interval over images. nullopt without pairs.
std::optional<MeasuredShare> measured_over_images(std::span<const PairValue> values,
                                                  const BootstrapOptions& options = {});

}  // namespace juror
