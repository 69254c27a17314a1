#include "preference/early_stop.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// Continued fraction of the incomplete beta function by Lentz's method; converges fast for x ≤ (a
/// + 1) / (a + b + 2). Source: NIST Digital Library of Mathematical Functions, 8.17.22.
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < 1e-14) break;
  }
  return fraction;
}

/// I_½(a, b) for a ≥ b, where the fraction converges fast.
double beta_below_half(double a, double b) {
  const double log_front =
      std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) - (a + b) * std::log(2.0);
  return std::exp(log_front) * beta_fraction(a, b, 0.5) / a;
}

}  // namespace

double winner_posterior(double wins, double losses) {
  require(wins >= 0 && losses >= 0,
          "The posterior of a winner was asked for {} wins and {} losses. Give numbers from 0.",
          wins, losses);
  return 1 - beta_below_half(1 + std::max(wins, losses), 1 + std::min(wins, losses));
}

bool should_stop(std::span<const Vote> votes, const EarlyStopOptions& options) {
  const std::vector<Read> reads = reads_of(votes);
  if (reads.empty() || static_cast<std::int64_t>(reads.size()) < options.min_votes ||
      options.threshold >= 1)
    return false;
  const double wins = static_cast<double>(reads.size()) * order_balanced_mean(reads);
  return winner_posterior(wins, static_cast<double>(reads.size()) - wins) >= options.threshold;
}

}  // namespace juror
