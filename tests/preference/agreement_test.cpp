#include "preference/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace juror {
namespace {

// References: statsmodels.stats.proportion.proportion_confint(k, n, method="wilson").
TEST(Wilson, EqualsStatsmodels) {
  EXPECT_NEAR(wilson(8, 10).low, 0.49016247153664183, 1e-12);
  EXPECT_NEAR(wilson(8, 10).high, 0.9433178485456247, 1e-12);
  EXPECT_NEAR(wilson(0, 5).low, 0, 1e-12);
  EXPECT_NEAR(wilson(0, 5).high, 0.43448246478317487, 1e-12);
  EXPECT_NEAR(wilson(65.5, 100).low, 0.5576555038816582, 1e-12);
  EXPECT_NEAR(wilson(65.5, 100).high, 0.7408765116741762, 1e-12);
}

TEST(Wilson, EndsExactlyAt0And1) {
  for (int n = 1; n <= 300; ++n) {
    EXPECT_EQ(wilson(0, n).low, 0) << n;
    EXPECT_EQ(wilson(n, n).high, 1) << n;
  }
}

TEST(Wilson, OfNothingIsEverything) {
  EXPECT_EQ(wilson(0, 0).low, 0);
  EXPECT_EQ(wilson(0, 0).high, 1);
  EXPECT_THROW(wilson(3, 2), Error);
}

TEST(PercentileInterval, InterpolatesAsNumpy) {
  std::vector<double> samples;
  for (int i = 40; i >= 0; --i)
    samples.push_back(i);  // numpy.percentile(range(41), [2.5, 97.5]) = [1, 39]
  EXPECT_DOUBLE_EQ(percentile_interval(samples).low, 1);
  EXPECT_DOUBLE_EQ(percentile_interval(samples).high, 39);
  EXPECT_DOUBLE_EQ(percentile_interval({0, 10}).low, 0.25);
  EXPECT_THROW(percentile_interval({}), Error);
}

TEST(ClusteredBootstrap, OfOneClusterHasNoWidth) {
  const std::vector<ClusteredValue> values = {{1, 7}, {0, 7}, {1, 7}};
  EXPECT_DOUBLE_EQ(clustered_bootstrap(values).low, 2.0 / 3);
  EXPECT_DOUBLE_EQ(clustered_bootstrap(values).high, 2.0 / 3);
}

/// 400 independent values of 0 and 1: the interval is the mean ± 1.96·sqrt(p(1−p)/n).
TEST(ClusteredBootstrap, OfSingletonsIsTheNormalInterval) {
  std::vector<ClusteredValue> values;
  for (std::size_t i = 0; i < 400; ++i) values.push_back({i % 4 == 0 ? 0.0 : 1.0, i});
  const Interval interval = clustered_bootstrap(values, {.replicates = 4000, .seed = 1});
  EXPECT_NEAR(interval.low, 0.75 - 1.96 * std::sqrt(0.75 * 0.25 / 400), 0.005);
  EXPECT_NEAR(interval.high, 0.75 + 1.96 * std::sqrt(0.75 * 0.25 / 400), 0.005);
}

/// Sixteen equal copies of each of 25 values: as wide as 25 values, four times as wide as 400
/// independent ones.
TEST(ClusteredBootstrap, IsWiderWhenClustersAgree) {
  std::vector<ClusteredValue> clustered;
  std::vector<ClusteredValue> independent;
  for (std::size_t i = 0; i < 400; ++i) {
    const double value = (i / 16) % 2 == 0 ? 1.0 : 0.0;
    clustered.push_back({value, i / 16});
    independent.push_back({value, i});
  }
  const Interval wide = clustered_bootstrap(clustered);
  const Interval narrow = clustered_bootstrap(independent);
  EXPECT_NEAR((wide.high - wide.low) / (narrow.high - narrow.low), 4, 0.5);
}

TEST(ClusteredBootstrap, IsSeeded) {
  std::vector<ClusteredValue> values;
  Random random{2};
  for (std::size_t i = 0; i < 50; ++i) values.push_back({random.uniform(), i / 5});
  const BootstrapOptions options{.replicates = 100, .seed = 3};
  EXPECT_EQ(clustered_bootstrap(values, options).low, clustered_bootstrap(values, options).low);
  EXPECT_NE(clustered_bootstrap(values, options).low,
            clustered_bootstrap(values, {.replicates = 100, .seed = 4}).low);
  EXPECT_THROW(clustered_bootstrap({}), Error);
  EXPECT_THROW(clustered_bootstrap(values, {.replicates = 0}), Error);
}

/// `n` values in as many clusters, `cases` of them 1.
std::vector<ClusteredValue> apart(std::size_t n, std::size_t cases) {
  std::vector<ClusteredValue> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back({i < cases ? 1.0 : 0.0, i});
  return values;
}

TEST(MeasuredShare, HasTheBootstrapsIntervalWhereDrawsDiffer) {
  const std::vector<ClusteredValue> values = apart(40, 30);
  const auto share = measured_share(values, {.seed = 5});
  const Interval interval = clustered_bootstrap(values, {.seed = 5});
  EXPECT_DOUBLE_EQ(share->value, 0.75);
  EXPECT_EQ(share->n, 40);
  EXPECT_EQ(share->interval.low, interval.low);
  EXPECT_EQ(share->interval.high, interval.high);
}

/// Sixty values of 20 clusters, each worth two cases: wilson(0, 60) and wilson(60, 60).
TEST(MeasuredShare, OfNoCaseOrNothingElseIsWilsonsOverTheValues) {
  std::vector<ClusteredValue> values;
  for (std::size_t i = 0; i < 60; ++i) values.push_back({0, i / 3, 2});
  const auto none = measured_share(values);
  EXPECT_EQ(none->value, 0);
  EXPECT_EQ(none->n, 120);
  EXPECT_EQ(none->interval.low, 0);
  EXPECT_NEAR(none->interval.high, 3.841459 / (60 + 3.841459), 1e-6);  // z²/(n + z²)
  for (ClusteredValue& value : values) value.value = 1;
  const auto all = measured_share(values);
  EXPECT_EQ(all->value, 1);
  EXPECT_NEAR(all->interval.low, 60 / (60 + 3.841459), 1e-6);
  EXPECT_EQ(all->interval.high, 1);
}

TEST(MeasuredShare, OfFewClustersIsWilsonsOverThem) {
  const std::vector<ClusteredValue> values = {{1, 0}, {1, 0}, {0, 1}, {0, 1}};
  EXPECT_EQ(measured_share(values)->interval.low, wilson(1, 2).low);
  EXPECT_EQ(measured_share(values)->interval.high, wilson(1, 2).high);
  EXPECT_FALSE(measured_share({}));
}

TEST(BrierScore, IsTheMeanSquaredError) {
  const std::vector<Prediction> predictions = {{0.9, 1}, {0.4, 0}, {0.5, 0.7}};
  EXPECT_NEAR(brier_score(predictions), (0.01 + 0.16 + 0.04) / 3, 1e-15);
  EXPECT_THROW(brier_score({}), Error);
  EXPECT_THROW(brier_score(std::vector<Prediction>{{std::nan(""), 1}}), Error);
}

TEST(CalibrationError, WeighsTheGapOfEachBin) {
  // Bin 0.6–0.8: mean p 0.7, mean outcome 0.5, 2 of 4. Bin 0.8–1: mean p 0.95, mean outcome 1, 2
  // of 4.
  const std::vector<Prediction> predictions = {{0.65, 1}, {0.75, 0}, {0.9, 1}, {1.0, 1}};
  EXPECT_NEAR(expected_calibration_error(predictions, 5), 0.5 * 0.2 + 0.5 * 0.05, 1e-12);
  const std::vector<ReliabilityBin> bins = reliability(predictions, 5);
  ASSERT_EQ(bins.size(), 5u);
  EXPECT_EQ(bins[0].count, 0);
  EXPECT_EQ(bins[3].count, 2);
  EXPECT_NEAR(bins[4].mean_p, 0.95, 1e-12);
  EXPECT_DOUBLE_EQ(bins[4].high, 1);
}

TEST(CalibrationError, IsZeroWhenSharesMatch) {
  EXPECT_NEAR(expected_calibration_error(std::vector<Prediction>{{0.5, 1}, {0.5, 0}}), 0, 1e-15);
}

}  // namespace
}  // namespace juror
