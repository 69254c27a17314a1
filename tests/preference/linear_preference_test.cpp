// The linear scorer's fit against solutions worked out by hand.
#include "preference/linear_preference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"

namespace juror {
namespace {

constexpr double kNoRidge = 1e-9;

TEST(LinearPreference, OfOneFeatureIsTheLogOddsOfTheShare) {
  // σ(w·1) = 0.8 → w = log 4; σ(w·2) = 16/17 fits too
  const std::vector<FeaturePair> pairs = {{{1}, 0.8}, {{2}, 16.0 / 17}};
  EXPECT_NEAR(fit_linear_preference(pairs, kNoRidge).weights[0], std::log(4.0), 1e-6);
}

TEST(LinearPreference, SolvesTwoFeaturesAtOnce) {
  // w = (log 3, −log 2): shares of the differences (1, 0) and (1, 1) are 3/4 and 1.5/2.5
  const std::vector<FeaturePair> pairs = {{{1, 0}, 0.75}, {{1, 1}, 0.6}};
  const LinearFit fit = fit_linear_preference(pairs, kNoRidge);
  EXPECT_NEAR(fit.weights[0], std::log(3.0), 1e-6);
  EXPECT_NEAR(fit.weights[1], -std::log(2.0), 1e-6);
}

TEST(LinearPreference, RidgeSatisfiesItsOwnEquation) {
  // at the optimum Σ weight·(share − σ)·d = ridge·w
  const std::vector<FeaturePair> pairs = {{{1}, 1, 3}};
  const double w = fit_linear_preference(pairs, 0.5).weights[0];
  EXPECT_NEAR(3 * (1 - logistic(w)), 0.5 * w, 1e-8);
}

TEST(LinearPreference, GivesCopiesOfAFeatureTheSameWeight) {
  const LinearFit fit = fit_linear_preference(std::vector<FeaturePair>{{{1, 1}, 0.8}}, 1e-6);
  EXPECT_NEAR(fit.weights[0], fit.weights[1], 1e-9);
  EXPECT_NEAR(fit.weights[0] + fit.weights[1], std::log(4.0), 1e-4);
}

TEST(LinearPreference, IsMirroredByMirroredPairs) {
  const LinearFit fit =
      fit_linear_preference(std::vector<FeaturePair>{{{1, 2}, 0.9}, {{0, 1}, 0.2}}, 0.1);
  const LinearFit mirrored =
      fit_linear_preference(std::vector<FeaturePair>{{{-1, -2}, 0.1}, {{0, -1}, 0.8}}, 0.1);
  EXPECT_NEAR(fit.weights[0], mirrored.weights[0], 1e-9);
  EXPECT_NEAR(fit.weights[1], mirrored.weights[1], 1e-9);
}

TEST(LinearPreference, OfDoubtHasTheLikelihoodOfACoin) {
  EXPECT_NEAR(fit_linear_preference(std::vector<FeaturePair>{{{3}, 0.5}}, 1).log_likelihood,
              std::log(0.5), 1e-12);
}

TEST(LinearPreference, RefusesNothingAndWhatDoesNotFit) {
  EXPECT_THROW(fit_linear_preference({}, 1), Error);
  EXPECT_THROW(fit_linear_preference(std::vector<FeaturePair>{{{1}, 0.5}, {{1, 2}, 0.5}}, 1),
               Error);
  EXPECT_THROW(fit_linear_preference(std::vector<FeaturePair>{{{1}, 1.5}}, 1), Error);
  EXPECT_THROW(fit_linear_preference(std::vector<FeaturePair>{{{1}, 0.5}}, 0), Error);
}

TEST(Ridge, ShrinksTheLeastSquares) {
  // Rows 1, 2 and targets 2, 4: w = (1·2 + 2·4)/(1 + 4 + ridge).
  const std::vector<std::vector<double>> rows = {{1}, {2}};
  EXPECT_NEAR(fit_ridge(rows, std::vector<double>{2, 4}, 1e-12)[0], 2, 1e-9);
  EXPECT_DOUBLE_EQ(fit_ridge(rows, std::vector<double>{2, 4}, 5)[0], 1);
  EXPECT_THROW(fit_ridge(rows, std::vector<double>{2}, 1), Error);
  EXPECT_THROW(fit_ridge(rows, std::vector<double>{2, 4}, 0), Error);
}

}  // namespace
}  // namespace juror
