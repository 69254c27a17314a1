#include "preference/bradley_terry.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "preference/logistic.h"

namespace juror {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }

std::span<const double> values(const VectorXd& strength) {
  return {strength.data(), static_cast<std::size_t>(strength.size())};
}

struct Posterior {
  std::span<const PairWins> pairs;
  std::span<const SoftChoice> choices;
  double precision;  ///< 1 / prior_sd²
  double position_bias;

  double gap_of(const PairWins& pair, const VectorXd& strength) const {
    return strength[index(pair.first)] - strength[index(pair.second)] + pair.order * position_bias;
  }

  double log_density(const VectorXd& strength) const {
    double sum = -0.5 * precision * strength.squaredNorm();
    for (const PairWins& pair : pairs) {
      const double gap = gap_of(pair, strength);
      sum += pair.wins * log_logistic(gap) + (pair.count - pair.wins) * log_logistic(-gap);
    }
    for (const SoftChoice& choice : choices) {
      const std::vector<double> p = choice.chances(values(strength));
      for (std::size_t k = 0; k < p.size(); ++k)
        if (choice.wins[k] > 0) sum += choice.wins[k] * std::log(p[k]);
    }
    return sum;
  }

  VectorXd gradient(const VectorXd& strength) const {
    VectorXd result = -precision * strength;
    for (const PairWins& pair : pairs) {
      const double gap = gap_of(pair, strength);
      const double surplus = pair.wins - pair.count * logistic(gap);
      result[index(pair.first)] += surplus;
      result[index(pair.second)] -= surplus;
    }
    for (const SoftChoice& choice : choices) {
      const std::vector<double> p = choice.chances(values(strength));
      const double count = choice.count();
      for (std::size_t k = 0; k < p.size(); ++k)
        result[index(choice.images[k])] += choice.wins[k] - count * p[k];
    }
    return result;
  }

  /// Minus the second derivative: positive definite.
  MatrixXd information(const VectorXd& strength) const {
    MatrixXd result = precision * MatrixXd::Identity(strength.size(), strength.size());
    for (const PairWins& pair : pairs) {
      const Eigen::Index i = index(pair.first);
      const Eigen::Index j = index(pair.second);
      const double p = logistic(gap_of(pair, strength));
      const double weight = pair.count * p * (1 - p);
      result(i, i) += weight;
      result(j, j) += weight;
      result(i, j) -= weight;
      result(j, i) -= weight;
    }
    for (const SoftChoice& choice : choices) add_information(choice, strength, result);
    return result;
  }

  /// count · (diag p − p pᵀ).
  static void add_information(const SoftChoice& choice, const VectorXd& strength,
                              MatrixXd& result) {
    const std::vector<double> p = choice.chances(values(strength));
    const double count = choice.count();
    for (std::size_t k = 0; k < p.size(); ++k) {
      const Eigen::Index i = index(choice.images[k]);
      result(i, i) += count * p[k];
      for (std::size_t l = 0; l < p.size(); ++l)
        result(i, index(choice.images[l])) -= count * p[k] * p[l];
    }
  }
};

/// Newton's method with step halving; the log density is strictly concave, so there is one optimum.
VectorXd maximise(const Posterior& posterior, VectorXd strength) {
  double density = posterior.log_density(strength);
  for (int iteration = 0; iteration < 100; ++iteration) {
    VectorXd step = posterior.information(strength).llt().solve(posterior.gradient(strength));
    if (step.lpNorm<Eigen::Infinity>() < 1e-10) break;
    double next = posterior.log_density(strength + step);
    for (int halving = 0; next < density - 1e-12 * std::abs(density) && halving < 30; ++halving) {
      step *= 0.5;
      next = posterior.log_density(strength + step);
    }
    strength += step;
    density = next;
  }
  return strength;
}

/// Standard deviations of strength − mean strength: the covariance with its row and column means
/// taken out.
VectorXd centred_deviation(const MatrixXd& information) {
  const Eigen::Index n = information.rows();
  const MatrixXd covariance = information.llt().solve(MatrixXd::Identity(n, n));
  const VectorXd row_means = covariance.rowwise().mean();
  const VectorXd variance =
      covariance.diagonal() - 2 * row_means + VectorXd::Constant(n, row_means.mean());
  return variance.cwiseMax(0.0).cwiseSqrt();
}

void check(std::size_t n, std::span<const PairWins> pairs, double prior_sd) {
  require(prior_sd > 0 && std::isfinite(prior_sd),
          "The Bradley-Terry prior has a standard deviation of {}. Give a number above 0.",
          prior_sd);
  for (const PairWins& pair : pairs) {
    require(pair.first < n && pair.second < n && pair.first != pair.second,
            "Bradley-Terry met the pair ({}, {}) among {} images. A pair names two different "
            "images below that number.",
            pair.first, pair.second, n);
    require(
        pair.count >= 0 && std::isfinite(pair.count) && pair.wins >= 0 && pair.wins <= pair.count,
        "Bradley-Terry met {} wins of {} reads for the pair ({}, {}). Wins lie between 0 and the "
        "number of reads.",
        pair.wins, pair.count, pair.first, pair.second);
  }
}

void check(std::size_t n, std::span<const SoftChoice> choices) {
  for (const SoftChoice& choice : choices) {
    std::vector<std::size_t> images = choice.images;
    std::sort(images.begin(), images.end());
    require(images.size() >= 2 && images.size() == choice.wins.size() && images.back() < n &&
                std::adjacent_find(images.begin(), images.end()) == images.end(),
            "A choice among {} images, of {} in all, has {} numbers of wins. It names two or more "
            "different images with one each.",
            images.size(), n, choice.wins.size());
    require(std::all_of(choice.wins.begin(), choice.wins.end(),
                        [](double wins) { return wins >= 0 && std::isfinite(wins); }),
            "A choice has wins below 0 or without end.");
  }
}

}  // namespace

double toss_variance(std::span<const double> chances) {
  double sum = 0;
  for (const double p : chances) sum += p * (1 - p) / 2;
  return sum;
}

double SoftChoice::count() const { return std::accumulate(wins.begin(), wins.end(), 0.0); }

std::vector<double> SoftChoice::chances(std::span<const double> strength) const {
  std::vector<double> chosen;
  for (const std::size_t image : images) chosen.push_back(strength[image]);
  auto [terms, mass] = softmax_terms(chosen);
  for (double& one : terms) one = std::max(one / mass, 1e-300);  // its logarithm stays finite
  return terms;
}

BradleyTerryFit fit_bradley_terry(std::size_t n, std::span<const PairWins> pairs, double prior_sd,
                                  const BradleyTerryStart& start,
                                  std::span<const SoftChoice> choices) {
  check(n, pairs, prior_sd);
  check(n, choices);
  if (n == 0) return {};
  const Posterior posterior{.pairs = pairs,
                            .choices = choices,
                            .precision = 1 / (prior_sd * prior_sd),
                            .position_bias = start.position_bias};
  VectorXd begin = VectorXd::Zero(index(n));
  if (!start.strength.empty()) begin = Eigen::Map<const VectorXd>(start.strength.data(), index(n));
  const VectorXd strength = maximise(posterior, std::move(begin));
  const VectorXd sd = centred_deviation(posterior.information(strength));
  return {.strength = {strength.begin(), strength.end()}, .sd = {sd.begin(), sd.end()}};
}

}  // namespace juror
