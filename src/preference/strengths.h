// Strengths of many images from few reads each: Bradley–Terry as in `bradley_terry.h`, by sparse
// arithmetic, continued from the last fit, with the spread of strengths and of votes fitted too.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "preference/bradley_terry.h"

namespace juror {

/// The prior's standard deviation where none is given or fitted.
inline constexpr double kUsualPriorSd = 1.5;

/// What is believed of n images. Begins with no knowledge: all alike, and wide open.
struct Strengths {
  explicit Strengths(std::size_t n, double sd = kUsualPriorSd)
      : mean(n, 0.0), variance(n, sd * sd), prior_sd(sd) {}

  std::vector<double> mean;         ///< [n], θ in log-odds
  std::vector<double> variance;     ///< [n], of θ: from its own reads and its neighbours' alone
  double prior_sd = kUsualPriorSd;  ///< of the Gaussian prior on θ
  /// Variance of votes around the fit over that of tosses of a coin. Below 1: soft votes that
  /// agree; above: pairs differ by more than one scale of strengths and tosses explain.
  double dispersion = 1;
  double freedom = 0;        ///< degrees of it that the dispersion was fitted with; 0: it was not
  double position_bias = 0;  ///< β, in log-odds for the one shown first
};

enum class SpreadFit {
  kNone,  ///< prior_sd, dispersion and position_bias stay as they are
  kAll,   ///< they are fitted
};

/// Fits `strengths` to the reads, from where they stand; entries of one pair, one an order, stand
/// side by side. Wins and counts weigh 1 / dispersion each. With fewer than 1.5 pairs an image its
/// spread is not fitted. `prior_sd` is the one under which strengths are as large as they are
/// (empirical Bayes), `dispersion` Pearson's, but no smaller than the softness of the votes
/// says, `position_bias` the likeliest; they are drawn a little to 1.5, 1 and 0.
/// Seconds for ten thousand pairs of a thousand images in thirty fits.
/// Throws Error as fit_bradley_terry does. Sources: MacKay 1992 (the evidence framework); McCullagh
/// and Nelder, Generalized Linear Models, 1989, 9.2 (quasi-likelihood).
void fit(Strengths& strengths, std::span<const PairWins> pairs, SpreadFit spread,
         std::span<const SoftChoice> choices = {});

/// Wins and counts over the dispersion: what `fit_bradley_terry` takes for the same posterior.
std::vector<PairWins> weighted(std::span<const PairWins> pairs, double dispersion);
std::vector<SoftChoice> weighted(std::span<const SoftChoice> choices, double dispersion);

}  // namespace juror
