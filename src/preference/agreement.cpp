#include "preference/agreement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "preference/student.h"

namespace juror {
namespace {

constexpr std::size_t kFewClusters = 5;  // below: Wilson's interval over them
constexpr double kNoWidth = 1e-12;       // rounding of equal means

struct Total {
  double sum = 0;
  double count = 0;
};

std::vector<Total> totals_by_cluster(std::span<const ClusteredValue> values) {
  std::map<std::size_t, Total> totals;
  for (const ClusteredValue& item : values) {
    totals[item.cluster].sum += item.weight * item.value;
    totals[item.cluster].count += item.weight;
  }
  std::vector<Total> result;
  for (const auto& [cluster, total] : totals) result.push_back(total);
  return result;
}

/// Linear interpolation between order statistics, as numpy.percentile does.
double quantile(const std::vector<double>& sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const std::size_t below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

void check(std::span<const Prediction> predictions) {
  require(!predictions.empty(),
          "There is no prediction to score. Give at least one that could be read.");
  for (const Prediction& item : predictions) {
    require(item.p >= 0 && item.p <= 1 && item.outcome >= 0 && item.outcome <= 1,
            "A prediction has p = {} and outcome = {}. Both lie between 0 and 1; leave unread "
            "verdicts out.",
            item.p, item.outcome);
  }
}

/// n values all alike. What never came may still be as much as Wilson's upper bound for 0 of n, and
/// lie anywhere from 0 to 1. For nothing but cases, or none, this is Wilson's own interval.
Interval around_equal_values(double value, std::size_t n) {
  const double unseen = wilson(0, static_cast<double>(n)).high;
  return {.low = value - unseen * value, .high = value + unseen * (1 - value)};
}

}  // namespace

Interval wilson(double successes, double n) {
  require(successes >= 0 && successes <= n,
          "{} successes of {} trials were met. Successes lie between 0 and the trials.", successes,
          n);
  if (n == 0) return {.low = 0, .high = 1};
  const double share = successes / n;
  const double z2 = kNormal95 * kNormal95;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half =
      kNormal95 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {.low = successes == 0 ? 0 : std::max(0.0, centre - half),
          .high = successes == n ? 1 : std::min(1.0, centre + half)};
}

Interval percentile_interval(std::vector<double> samples) {
  require(!samples.empty(),
          "There is no bootstrap sample to take percentiles of. Ask for at least one replicate.");
  std::sort(samples.begin(), samples.end());
  return {.low = quantile(samples, 0.025), .high = quantile(samples, 0.975)};
}

double mean_of(std::span<const ClusteredValue> values) {
  require(!values.empty(), "A mean was asked of no values. Give at least one.");
  Total total;
  for (const ClusteredValue& item : values) {
    total.sum += item.weight * item.value;
    total.count += item.weight;
  }
  return total.sum / total.count;
}

Interval clustered_bootstrap(std::span<const ClusteredValue> values,
                             const BootstrapOptions& options) {
  require(!values.empty(), "The clustered bootstrap got no values. Give at least one.");
  const std::vector<Total> clusters = totals_by_cluster(values);
  std::vector<double> means;
  for (std::int64_t replicate = 0; replicate < options.replicates; ++replicate) {
    Random random{static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(replicate)};
    Total drawn;
    for (std::size_t k = 0; k < clusters.size(); ++k) {
      const Total& cluster = clusters[random.below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.count += cluster.count;
    }
    means.push_back(drawn.sum / drawn.count);
  }
  return percentile_interval(std::move(means));
}

std::optional<MeasuredShare> measured_share(std::span<const ClusteredValue> values,
                                            const BootstrapOptions& options) {
  if (values.empty()) return std::nullopt;
  std::set<std::size_t> clusters;
  double cases = 0;
  for (const ClusteredValue& item : values) {
    clusters.insert(item.cluster);
    cases += item.weight;
  }
  MeasuredShare share{.value = mean_of(values), .n = std::llround(cases)};
  if (clusters.size() < kFewClusters) {
    const auto n = static_cast<double>(clusters.size());
    share.interval = wilson(share.value * n, n);
    return share;
  }
  share.interval = clustered_bootstrap(values, options);
  if (share.interval.high - share.interval.low < kNoWidth)
    share.interval = around_equal_values(share.value, values.size());
  return share;
}

double brier_score(std::span<const Prediction> predictions) {
  check(predictions);
  double sum = 0;
  for (const Prediction& item : predictions)
    sum += (item.p - item.outcome) * (item.p - item.outcome);
  return sum / static_cast<double>(predictions.size());
}

std::vector<ReliabilityBin> reliability(std::span<const Prediction> predictions,
                                        std::int64_t bins) {
  check(predictions);
  require(bins >= 1, "A reliability plot of {} bins was asked for. Give at least 1.", bins);
  std::vector<ReliabilityBin> result(static_cast<std::size_t>(bins));
  const double count = static_cast<double>(bins);
  for (std::size_t b = 0; b < result.size(); ++b) {
    result[b].low = static_cast<double>(b) / count;
    result[b].high = static_cast<double>(b + 1) / count;
  }
  for (const Prediction& item : predictions) {
    ReliabilityBin& bin =
        result[std::min(static_cast<std::size_t>(item.p * count), result.size() - 1)];
    ++bin.count;
    bin.mean_p += item.p;
    bin.mean_outcome += item.outcome;
  }
  for (ReliabilityBin& bin : result) {
    if (bin.count == 0) continue;
    bin.mean_p /= static_cast<double>(bin.count);
    bin.mean_outcome /= static_cast<double>(bin.count);
  }
  return result;
}

double expected_calibration_error(std::span<const Prediction> predictions, std::int64_t bins) {
  double sum = 0;
  for (const ReliabilityBin& bin : reliability(predictions, bins)) {
    sum += static_cast<double>(bin.count) * std::abs(bin.mean_p - bin.mean_outcome);
  }
  return sum / static_cast<double>(predictions.size());
}

}  // namespace juror
