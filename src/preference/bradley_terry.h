// Strengths of images from soft wins: regularised Bradley–Terry, fitted by Newton's method. Maths
// only; `ranking.h` turns a fit into ranks.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace juror {

/// Soft wins in a pair: of `count` reads, `first` won `wins` (the sum of p; 0 ≤ wins ≤ count).
struct PairWins {
  std::size_t first = 0;
  std::size_t second = 0;
  double wins = 0;
  double count = 0;
  /// In which order the pair was shown: 1 with `first` first, −1 swapped, 0 in both alike.
  double order = 0;
  /// Sum of p (1 − p) of its reads: 0 of tosses of a coin.
  double softness = 0;
};

/// Soft choices among images: `images[k]` was taken `wins[k]` times. Of two images it is what
/// PairWins says. P(images[k]) = exp θk / Σ exp θ (Luce).
struct SoftChoice {
  std::vector<std::size_t> images;
  std::vector<double> wins;
  /// Sum of ½ Σ p (1 − p) of its reads, which of two images is PairWins': 0 of tosses.
  double softness = 0;

  double count() const;  ///< Σ wins
  /// P of each image at these strengths.
  std::vector<double> chances(std::span<const double> strength) const;
};

/// What one toss among images with these chances varies by, ½ Σ p (1 − p): p (1 − p) of two.
double toss_variance(std::span<const double> chances);

/// Strengths θ on the log-odds scale, P(i beats j) = σ(θi − θj), and their posterior covariance
/// (Laplace).
struct BradleyTerryFit {
  std::vector<double> strength;  ///< [n], mean 0: the average image has strength 0
  std::vector<double> sd;        ///< [n], standard deviation of strength − mean strength
};

/// Where a fit begins, and what it takes as known.
struct BradleyTerryStart {
  std::span<const double> strength = {};  ///< [n]; empty: zeros
  double position_bias = 0;               ///< β, in log-odds for the one shown first
};

/// Maximises Σ [wins·log σ(g) + (count−wins)·log σ(−g)] − Σθ²/(2·prior_sd²), with the gap g = θi −
/// θj
/// + order·β, and of choices Σ wins·log P (Plackett–Luce). The Gaussian prior keeps strengths
/// finite when an image wins everything and joins images that were never compared; its optimum has
/// mean 0. `sd` comes from the inverse Hessian, projected on mean-0 strengths. Dense Cholesky: a
/// second at n = 1,000 when `start` is near the optimum, which `strengths.h` finds faster. Throws
/// Error if prior_sd is not positive, an index is out of range or a pair's numbers are impossible.
BradleyTerryFit fit_bradley_terry(std::size_t n, std::span<const PairWins> pairs, double prior_sd,
                                  const BradleyTerryStart& start = {},
                                  std::span<const SoftChoice> choices = {});

}  // namespace juror
