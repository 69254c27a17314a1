#include "preference/rating.h"

#include <cmath>
#include <numeric>

#include "base/error.h"

namespace juror {

std::string_view name(ShareSource source) {
  switch (source) {
    case ShareSource::kNone:
      return "none";
    case ShareSource::kVotes:
      return "votes";
    case ShareSource::kRanking:
      return "ranking";
    case ShareSource::kRatingCounts:
      return "rating_counts";
    case ShareSource::kModelled:
      return "modelled";
    case ShareSource::kMeans:
      return "means";
  }
  return "none";
}

std::string_view words(ShareSource source) {
  switch (source) {
    case ShareSource::kNone:
      return "no label";
    case ShareSource::kVotes:
      return "counted votes on these images together";
    case ShareSource::kRanking:
      return "a consensus order alone";
    case ShareSource::kRatingCounts:
      return "from counts of ratings: one person's rating of each image, drawn apart, ties half";
    case ShareSource::kModelled:
      return "modelled: Φ(Δ/√(s₁²+s₂²)) of means and standard deviations of ratings";
    case ShareSource::kMeans:
      return "the higher mean rating alone: no spread is known";
  }
  return "no label";
}

ShareSource share_source(const Rating& a, const Rating& b) {
  if (!a.counts.empty() && !b.counts.empty()) return ShareSource::kRatingCounts;
  return a.sd && b.sd ? ShareSource::kModelled : ShareSource::kMeans;
}

double rated_share(const Rating& a, const Rating& b) {
  switch (share_source(a, b)) {
    case ShareSource::kRatingCounts:
      return share_of_counts(a.counts, b.counts);
    case ShareSource::kModelled:
      return modelled_share(a.mean - b.mean, *a.sd, *b.sd);
    default:
      return a.mean == b.mean ? 0.5 : (a.mean > b.mean ? 1.0 : 0.0);
  }
}

double share_of_counts(const std::vector<double>& a, const std::vector<double>& b) {
  const double all_a = std::accumulate(a.begin(), a.end(), 0.0),
               all_b = std::accumulate(b.begin(), b.end(), 0.0);
  require(a.size() == b.size() && all_a > 0 && all_b > 0,
          "Ratings of {} points ({} people) stand against ratings of {} points ({} people); one "
          "scale and at least one person on each side are expected.",
          a.size(), all_a, b.size(), all_b);
  double lower = 0, wins = 0;  // people who rated b below the point
  for (std::size_t point = 0; point < a.size(); ++point) {
    wins += a[point] * (lower + b[point] / 2);
    lower += b[point];
  }
  return wins / (all_a * all_b);
}

double modelled_share(double difference, double sd_a, double sd_b) {
  require(sd_a > 0 && sd_b > 0,
          "The standard deviations of two ratings are {} and {}; numbers above 0 are expected.",
          sd_a, sd_b);
  return 0.5 * std::erfc(-difference / std::sqrt(2 * (sd_a * sd_a + sd_b * sd_b)));
}

Rating rating_of_counts(std::vector<double> counts) {
  const double n = std::accumulate(counts.begin(), counts.end(), 0.0);
  require(n >= 2, "{} ratings have no spread; two or more are expected.", n);
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    mean += counts[i] * static_cast<double>(i + 1) / n;
  for (std::size_t i = 0; i < counts.size(); ++i)
    squares += counts[i] * std::pow(static_cast<double>(i + 1) - mean, 2);
  return {
      .mean = mean, .sd = std::sqrt(squares / (n - 1)), .count = n, .counts = std::move(counts)};
}

}  // namespace juror
