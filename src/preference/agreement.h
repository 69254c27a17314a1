// How well predictions agree with people: intervals, Brier score, calibration. Pure functions;
// protocols of data sets are built on them elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace juror {

/// A 95 % interval.
struct Interval {
  double low = 0;
  double high = 1;
};

/// Wilson score interval of a share; `successes` may hold half points. n = 0 gives [0, 1]: nothing
/// is known. No success gives a lower bound of exactly 0, nothing but successes an upper of 1.
/// Throws Error unless 0 ≤ successes ≤ n. Source: Wilson 1927.
Interval wilson(double successes, double n);

/// The 2.5 and 97.5 percentiles (interpolated as numpy does). Throws Error without samples.
Interval percentile_interval(std::vector<double> samples);

/// One value (say 1 for a right pair) and the cluster (say the prompt) that it belongs to.
struct ClusteredValue {
  double value = 0;
  std::size_t cluster = 0;  ///< any number; equal numbers are one cluster
  double weight = 1;        ///< as if the value came so often; above 0
};

/// Weighted mean. Throws Error without values.
double mean_of(std::span<const ClusteredValue> values);

struct BootstrapOptions {
  std::int64_t replicates = 2000;
  std::int64_t seed = 0;
};

/// Percentile interval of the weighted mean of all values when whole clusters are drawn again. For
/// two models on the same pairs give it the differences of their values. Throws Error without
/// values or replicates.
Interval clustered_bootstrap(std::span<const ClusteredValue> values,
                             const BootstrapOptions& options = {});

/// The mean of values in [0, 1], say a share, with its 95 % interval.
struct MeasuredShare {
  double value = 0;
  Interval interval;
  std::int64_t n = 0;  ///< the weights together: the cases
};

/// The weighted mean with clustered_bootstrap's interval where that can tell something. Fewer than
/// five clusters, drawn again, are mostly the same: Wilson's interval over the clusters. Where
/// every draw has the same mean (no case at all, nothing but cases, or equal values): what n values
/// alike leave open, each one trial whatever it weighs, so that 0 of n has an upper bound above 0.
/// nullopt without values.
std::optional<MeasuredShare> measured_share(std::span<const ClusteredValue> values,
                                            const BootstrapOptions& options = {});

/// A predicted P(first better) and what came: 1 first, 0 second, or a vote share between.
struct Prediction {
  double p = 0.5;
  double outcome = 0.5;
};

/// Mean of (p − outcome)². Throws Error without predictions or with a p or outcome outside 0 … 1
/// (unread verdicts are counted, not scored).
double brier_score(std::span<const Prediction> predictions);

/// One bar of a reliability plot: predictions with low ≤ p < high (the last bin holds p = 1 too).
struct ReliabilityBin {
  double low = 0;
  double high = 1;
  std::int64_t count = 0;
  double mean_p = 0;        ///< 0 in an empty bin
  double mean_outcome = 0;  ///< 0 in an empty bin
};

/// `bins` bins of equal width. Throws Error as brier_score does, and if bins < 1.
std::vector<ReliabilityBin> reliability(std::span<const Prediction> predictions,
                                        std::int64_t bins = 10);

/// Expected calibration error: Σ count/n · |mean_p − mean_outcome| over the bins.
double expected_calibration_error(std::span<const Prediction> predictions, std::int64_t bins = 10);

}  // namespace juror
