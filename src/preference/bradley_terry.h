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
};

/// Strengths θ on the log-odds scale, P(i beats j) = σ(θi − θj), and their posterior covariance
/// (Laplace).
struct BradleyTerryFit {
  std::vector<double> strength;  ///< [n], mean 0: the average image has strength 0
  std::vector<double> sd;        ///< [n], standard deviation of strength − mean strength
};

/// Maximises Σ [wins·log σ(θi−θj) + (count−wins)·log σ(θj−θi)] − Σθ²/(2·prior_sd²). The Gaussian
/// prior keeps strengths finite when an image wins everything and joins images that were never
/// compared; its optimum has mean 0. `sd` comes from the inverse Hessian, projected on mean-0
/// strengths. For n up to a few hundred (dense Cholesky). Throws Error if prior_sd is not positive,
/// an index is out of range or a pair's numbers are impossible.
BradleyTerryFit fit_bradley_terry(std::size_t n, std::span<const PairWins> pairs, double prior_sd);

}  // namespace juror
