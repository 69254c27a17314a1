#include "preference/linear_preference.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"

namespace juror {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::int64_t kMostIterations = 100;
constexpr double kConverged = 1e-18;  // of the Newton decrement, about the square of the step

Eigen::Map<const VectorXd> features(const FeaturePair& pair) {
  return {pair.difference.data(), static_cast<Eigen::Index>(pair.difference.size())};
}

void check(std::span<const FeaturePair> pairs, double ridge) {
  require(!pairs.empty(), "A linear scorer was asked of no pairs. Give at least one.");
  require(ridge > 0, "The ridge is {}, and a number above 0 is expected.", ridge);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    require(pairs[i].difference.size() == pairs.front().difference.size(),
            "Pair {} has {} features and pair 0 has {}.", i, pairs[i].difference.size(),
            pairs.front().difference.size());
    require(pairs[i].share >= 0 && pairs[i].share <= 1 && pairs[i].weight > 0,
            "Pair {} has share {} and weight {}. A share lies between 0 and 1, a weight above 0.",
            i, pairs[i].share, pairs[i].weight);
  }
}

double log_likelihood(std::span<const FeaturePair> pairs, const VectorXd& w) {
  double sum = 0;
  for (const FeaturePair& pair : pairs) {
    const double lead = features(pair).dot(w);
    sum += pair.weight * (pair.share * log_logistic(lead) + (1 - pair.share) * log_logistic(-lead));
  }
  return sum;
}

double objective(std::span<const FeaturePair> pairs, const VectorXd& w, double ridge) {
  return log_likelihood(pairs, w) - ridge / 2 * w.squaredNorm();
}

}  // namespace

std::vector<double> fit_ridge(std::span<const std::vector<double>> rows,
                              std::span<const double> targets, double ridge) {
  require(!rows.empty() && rows.size() == targets.size(),
          "A ridge regression was asked of {} rows and {} targets.", rows.size(), targets.size());
  require(ridge > 0, "The ridge is {}, and a number above 0 is expected.", ridge);
  const auto k = static_cast<Eigen::Index>(rows.front().size());
  MatrixXd information = ridge * MatrixXd::Identity(k, k);
  VectorXd right = VectorXd::Zero(k);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    require(rows[i].size() == rows.front().size(), "Row {} has {} features and row 0 has {}.", i,
            rows[i].size(), rows.front().size());
    const Eigen::Map<const VectorXd> row(rows[i].data(), k);
    information.selfadjointView<Eigen::Lower>().rankUpdate(row);
    right += targets[i] * row;
  }
  const VectorXd w = information.selfadjointView<Eigen::Lower>().llt().solve(right);
  return {w.data(), w.data() + k};
}

LinearFit fit_linear_preference(std::span<const FeaturePair> pairs, double ridge) {
  check(pairs, ridge);
  const auto k = static_cast<Eigen::Index>(pairs.front().difference.size());
  VectorXd w = VectorXd::Zero(k);
  double best = objective(pairs, w, ridge);
  LinearFit fit;
  for (; fit.iterations < kMostIterations; ++fit.iterations) {
    VectorXd gradient = -ridge * w;
    MatrixXd information = ridge * MatrixXd::Identity(k, k);
    for (const FeaturePair& pair : pairs) {
      const double p = logistic(features(pair).dot(w));
      gradient += pair.weight * (pair.share - p) * features(pair);
      information.selfadjointView<Eigen::Lower>().rankUpdate(features(pair),
                                                             pair.weight * p * (1 - p));
    }
    const VectorXd step = information.selfadjointView<Eigen::Lower>().llt().solve(gradient);
    if (gradient.dot(step) < kConverged) break;
    double scale = 1;
    while (objective(pairs, w + scale * step, ridge) < best && scale > 1e-6) scale /= 2;
    w += scale * step;
    best = objective(pairs, w, ridge);
  }
  double total = 0;
  for (const FeaturePair& pair : pairs) total += pair.weight;
  fit.weights.assign(w.data(), w.data() + k);
  fit.log_likelihood = log_likelihood(pairs, w) / total;
  return fit;
}

}  // namespace juror
