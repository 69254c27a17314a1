#include "preference/strengths.h"

#include <algorithm>
#include <cmath>

#include "preference/logistic.h"

namespace juror {
namespace {

using Vector = std::vector<double>;

constexpr double kSmallestPriorSd = 0.05, kLargestPriorSd = 6;
constexpr double kSmallestDispersion = 0.02, kLargestDispersion = 50;
constexpr double kPriorWeight = 1;  // images of strength sd 1.5 that the fitted prior begins with
constexpr double kDispersionWeight = 0.5;  // pairs of dispersion 1, likewise

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The log posterior around one place.
class Posterior {
 public:
  Posterior(std::span<const PairWins> pairs, std::span<const SoftChoice> choices,
            const Strengths& strengths)
      : pairs_(pairs),
        choices_(choices),
        precision_(1 / (strengths.prior_sd * strengths.prior_sd)),
        scale_(1 / strengths.dispersion),
        position_bias_(strengths.position_bias) {}

  double log_density(const Vector& theta) const {
    double sum = -0.5 * precision_ * dot(theta, theta);
    for (const PairWins& pair : pairs_) {
      const double gap = gap_of(pair, theta);
      sum +=
          scale_ * (pair.wins * log_logistic(gap) + (pair.count - pair.wins) * log_logistic(-gap));
    }
    for (const SoftChoice& choice : choices_) {
      const Vector p = choice.chances(theta);
      for (std::size_t k = 0; k < p.size(); ++k)
        if (choice.wins[k] > 0) sum += scale_ * choice.wins[k] * std::log(p[k]);
    }
    return sum;
  }

  /// Gradient, and the information of each pair and of each image.
  void look(const Vector& theta) {
    const std::size_t n = theta.size();
    gradient.assign(n, 0);
    diagonal.assign(n, precision_);
    weight.resize(pairs_.size());
    for (std::size_t i = 0; i < n; ++i) gradient[i] = -precision_ * theta[i];
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      const PairWins& pair = pairs_[k];
      const double p = logistic(gap_of(pair, theta));
      const double surplus = scale_ * (pair.wins - pair.count * p);
      weight[k] = scale_ * pair.count * p * (1 - p);
      gradient[pair.first] += surplus;
      gradient[pair.second] -= surplus;
      diagonal[pair.first] += weight[k];
      diagonal[pair.second] += weight[k];
    }
    chances.clear();
    for (const SoftChoice& choice : choices_) {
      chances.push_back(choice.chances(theta));
      const Vector& p = chances.back();
      const double count = choice.count();
      for (std::size_t k = 0; k < p.size(); ++k) {
        gradient[choice.images[k]] += scale_ * (choice.wins[k] - count * p[k]);
        diagonal[choice.images[k]] += scale_ * count * p[k] * (1 - p[k]);
      }
    }
  }

  /// Information · x.
  Vector times(const Vector& x) const {
    Vector result(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) result[i] = diagonal[i] * x[i];
    for (std::size_t k = 0; k < pairs_.size(); ++k) {
      result[pairs_[k].first] -= weight[k] * x[pairs_[k].second];
      result[pairs_[k].second] -= weight[k] * x[pairs_[k].first];
    }
    for (std::size_t c = 0; c < choices_.size(); ++c) {
      const SoftChoice& choice = choices_[c];
      const Vector& p = chances[c];
      double mean = 0;
      for (std::size_t k = 0; k < p.size(); ++k) mean += p[k] * x[choice.images[k]];
      const double count = scale_ * choice.count();
      for (std::size_t k = 0; k < p.size(); ++k)  // its part on the diagonal is there already
        result[choice.images[k]] -= count * p[k] * (mean - p[k] * x[choice.images[k]]);
    }
    return result;
  }

  /// Solves information · x = gradient by conjugate gradients.
  Vector newton_step() const {
    const std::size_t n = gradient.size();
    Vector x(n, 0.0), residual = gradient, scaled(n);
    for (std::size_t i = 0; i < n; ++i) scaled[i] = residual[i] / diagonal[i];
    Vector direction = scaled;
    double product = dot(residual, scaled);
    const double enough = 1e-16 * product;
    for (std::size_t step = 0; step < 10 * n && product > enough; ++step) {
      const Vector image = times(direction);
      const double length = product / dot(direction, image);
      for (std::size_t i = 0; i < n; ++i) {
        x[i] += length * direction[i];
        residual[i] -= length * image[i];
        scaled[i] = residual[i] / diagonal[i];
      }
      const double next = dot(residual, scaled);
      for (std::size_t i = 0; i < n; ++i) direction[i] = scaled[i] + next / product * direction[i];
      product = next;
    }
    return x;
  }

  /// Hands over the information that choices share between two images, each pair both ways round.
  template <class Take>
  void each_choice_weight(Take&& take) const {
    for (std::size_t c = 0; c < choices_.size(); ++c) {
      const SoftChoice& choice = choices_[c];
      const double count = scale_ * choice.count();
      for (std::size_t k = 0; k < choice.images.size(); ++k) {
        for (std::size_t l = 0; l < choice.images.size(); ++l)
          if (k != l)
            take(choice.images[k], choice.images[l], count * chances[c][k] * chances[c][l]);
      }
    }
  }

  Vector gradient, diagonal;    // [n]
  Vector weight;                // [pairs]
  std::vector<Vector> chances;  // of each choice

 private:
  double gap_of(const PairWins& pair, const Vector& theta) const {
    return theta[pair.first] - theta[pair.second] + pair.order * position_bias_;
  }

  std::span<const PairWins> pairs_;
  std::span<const SoftChoice> choices_;
  double precision_, scale_, position_bias_;
};

double largest(const Vector& x) {
  double most = 0;
  for (const double value : x) most = std::max(most, std::abs(value));
  return most;
}

/// Newton's method with step halving, from `theta`; leaves the posterior looked at there.
void climb(Posterior& posterior, Vector& theta) {
  double density = posterior.log_density(theta);
  posterior.look(theta);
  for (int iteration = 0; iteration < 100; ++iteration) {
    Vector step = posterior.newton_step();
    if (largest(step) < 1e-7) return;
    Vector next(theta.size());
    double reached = 0;
    for (int halving = 0; halving < 30; ++halving) {
      for (std::size_t i = 0; i < theta.size(); ++i) next[i] = theta[i] + step[i];
      reached = posterior.log_density(next);
      if (reached >= density - 1e-12 * std::abs(density)) break;
      for (double& value : step) value /= 2;
    }
    theta = next;
    density = reached;
    posterior.look(theta);
  }
}

/// The diagonal of the inverse information to second order in its off-diagonal part.
Vector near_variance(const Posterior& posterior, std::span<const PairWins> pairs) {
  const Vector& d = posterior.diagonal;
  Vector variance(d.size());
  for (std::size_t i = 0; i < d.size(); ++i) variance[i] = 1 / d[i];
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const auto [i, j] = std::pair(pairs[k].first, pairs[k].second);
    const double square = posterior.weight[k] * posterior.weight[k];
    variance[i] += square / (d[i] * d[i] * d[j]);
    variance[j] += square / (d[j] * d[j] * d[i]);
  }
  posterior.each_choice_weight([&](std::size_t i, std::size_t j, double weight) {
    variance[i] += weight * weight / (d[i] * d[i] * d[j]);
  });
  return variance;
}

double gap_of(const Strengths& strengths, const PairWins& pair) {
  return strengths.mean[pair.first] - strengths.mean[pair.second] +
         pair.order * strengths.position_bias;
}

/// One Newton step from where it stands; its prior is as wide as 1.
double fitted_position_bias(const Strengths& strengths, std::span<const PairWins> pairs) {
  double slope = -strengths.position_bias, information = 1;
  for (const PairWins& pair : pairs) {
    const double p = logistic(gap_of(strengths, pair));
    slope += pair.order * (pair.wins - pair.count * p) / strengths.dispersion;
    information += pair.order * pair.order * pair.count * p * (1 - p) / strengths.dispersion;
  }
  return strengths.position_bias + std::clamp(slope / information, -0.5, 0.5);
}

/// How many strengths the reads decide, not the prior: 0 … n.
double decided(const Strengths& strengths) {
  double sum = 0;
  for (const double variance : strengths.variance)
    sum += std::max(0.0, 1 - variance / (strengths.prior_sd * strengths.prior_sd));
  return sum;
}

/// MacKay's fixed point, which EM needs many more rounds for.
double fitted_prior(const Strengths& strengths) {
  const double sum =
      kPriorWeight * kUsualPriorSd * kUsualPriorSd + dot(strengths.mean, strengths.mean);
  const double sd = std::sqrt(sum / (decided(strengths) + kPriorWeight));
  return std::clamp(sd, kSmallestPriorSd, kLargestPriorSd);
}

/// Squared deviations from the fit in units of a coin's, and their degrees of freedom.
struct Deviations {
  double sum = 0, freedom = 0;
  void add(double square, double degrees) {
    sum += square;
    freedom += degrees;
  }
  /// Pearson's dispersion, drawn a little to 1; `decided` strengths took their share of freedom.
  double dispersion(double decided) const { return (sum + kDispersionWeight) / left(decided); }
  double left(double decided) const {
    return std::max(freedom - decided, 0.1 * freedom) + kDispersionWeight;
  }
};

/// How votes spread around the fit, by their softness: what a coin's variance p (1 − p) has beyond
/// the mean of theirs is their own. 1 of tosses, however well the fit explains them.
double spread_by_softness(const Strengths& strengths, std::span<const PairWins> pairs,
                          std::span<const SoftChoice> choices) {
  double softness = 0, of_coins = 0;
  for (const PairWins& pair : pairs) {
    const double p = logistic(gap_of(strengths, pair));
    softness += pair.softness;
    of_coins += pair.count * p * (1 - p);
  }
  for (const SoftChoice& choice : choices) {
    softness += choice.softness;
    of_coins += choice.count() * toss_variance(choice.chances(strengths.mean));
  }
  return of_coins > 0 ? 1 - softness / of_coins : 0;
}

/// Fits dispersion and freedom. The two orders of a pair are one deviation: what is particular to
/// the pair is in both. A judge that votes exactly even on what looks alike to it makes those votes
/// without spread and says nothing by that of the others': so votes are not believed to spread less
/// than the pairs that were not even do, up to tosses of a coin.
void fit_dispersion(Strengths& strengths, std::span<const PairWins> pairs,
                    std::span<const SoftChoice> choices) {
  constexpr double kLeastVariance = 0.01;  // of a toss: one surprise at p = 0.001 decides nothing
  Deviations all, uneven;
  for (std::size_t k = 0; k < pairs.size();) {
    double surplus = 0, variance = 0;
    bool is_even = true;
    const PairWins& pair = pairs[k];
    for (; k < pairs.size() && pairs[k].first == pair.first && pairs[k].second == pair.second;
         ++k) {
      const double p = logistic(gap_of(strengths, pairs[k]));
      surplus += pairs[k].wins - pairs[k].count * p;
      variance += pairs[k].count * std::max(p * (1 - p), kLeastVariance);
      is_even = is_even && 2 * pairs[k].wins == pairs[k].count;
    }
    if (variance == 0) continue;
    all.add(surplus * surplus / variance, 1);
    if (!is_even) uneven.add(surplus * surplus / variance, 1);
  }
  for (const SoftChoice& choice : choices) {
    const Vector p = choice.chances(strengths.mean);
    const double count = choice.count();
    double square = 0;
    for (std::size_t k = 0; k < p.size() && count > 0; ++k) {
      const double surplus = choice.wins[k] - count * p[k];
      square += surplus * surplus / (count * std::max(p[k], kLeastVariance));
    }
    for (Deviations* deviations : {&all, &uneven})
      deviations->add(square, count > 0 ? static_cast<double>(p.size() - 1) : 0);
  }
  const double took = decided(strengths);
  const double uneven_took = took * uneven.freedom / std::max(1.0, all.freedom);
  const double of_uneven = std::min(1.0, uneven.dispersion(uneven_took));
  const double of_others =
      std::max(all.dispersion(took), spread_by_softness(strengths, pairs, choices));
  strengths.dispersion =
      std::clamp(std::max(of_others, of_uneven), kSmallestDispersion, kLargestDispersion);
  strengths.freedom = of_uneven > of_others ? uneven.left(uneven_took) : all.left(took);
}

/// Below three pairs for two images the spread of strengths and that of votes look alike.
bool says_too_little(const Strengths& strengths, std::span<const PairWins> pairs,
                     std::span<const SoftChoice> choices) {
  std::size_t count = choices.size();  // the orders of a pair stand side by side
  for (std::size_t k = 0; k < pairs.size(); ++k)
    count +=
        k == 0 || pairs[k].first != pairs[k - 1].first || pairs[k].second != pairs[k - 1].second;
  return 2 * count < 3 * strengths.mean.size();
}

}  // namespace

void fit(Strengths& strengths, std::span<const PairWins> pairs, SpreadFit spread,
         std::span<const SoftChoice> choices) {
  for (int round = 0; round < 50; ++round) {
    Posterior posterior(pairs, choices, strengths);
    climb(posterior, strengths.mean);
    strengths.variance = near_variance(posterior, pairs);
    if (spread == SpreadFit::kNone || says_too_little(strengths, pairs, choices)) return;
    const double prior_sd = fitted_prior(strengths);
    const double position_bias = fitted_position_bias(strengths, pairs);
    const double dispersion = strengths.dispersion;
    fit_dispersion(strengths, pairs, choices);
    const double change = std::abs(position_bias - strengths.position_bias) +
                          std::abs(std::log(prior_sd / strengths.prior_sd)) +
                          std::abs(std::log(dispersion / strengths.dispersion));
    strengths.prior_sd = prior_sd;
    strengths.position_bias = position_bias;
    if (change < 0.003) return;
  }
}

std::vector<PairWins> weighted(std::span<const PairWins> pairs, double dispersion) {
  std::vector<PairWins> result(pairs.begin(), pairs.end());
  for (PairWins& pair : result) {
    pair.count /= dispersion;
    pair.wins = std::min(pair.wins / dispersion, pair.count);
  }
  return result;
}

std::vector<SoftChoice> weighted(std::span<const SoftChoice> choices, double dispersion) {
  std::vector<SoftChoice> result(choices.begin(), choices.end());
  for (SoftChoice& choice : result) {
    for (double& wins : choice.wins) wins /= dispersion;
  }
  return result;
}

}  // namespace juror
