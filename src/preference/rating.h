// What people said of one image on a scale, and what follows for two of them. Which tables hold
// such ratings belongs to `data`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace juror {

/// The ratings of one image.
struct Rating {
  double mean = 0;                   ///< mean opinion score (MOS), on the scale of its table
  std::optional<double> sd = {};     ///< standard deviation of the ratings, above 0
  std::optional<double> count = {};  ///< people who rated it, two or more
  /// People who gave each point of the scale, the lowest first; empty where only a mean is known.
  std::vector<double> counts = {};
};

/// Where a vote share comes from.
enum class ShareSource {
  kNone,          ///< no label
  kVotes,         ///< counted: people ranked these images against each other
  kRanking,       ///< a consensus alone: 1, 0 or ½
  kRatingCounts,  ///< two people drawn from the counted ratings of either image, ties half
  kModelled,      ///< Φ(Δ/√(s₁² + s₂²)) from means and standard deviations
  kMeans,         ///< the higher mean wins: no spread is known
};

/// "none", "votes", "ranking", "rating_counts", "modelled", "means".
std::string_view name(ShareSource source);

/// The same as a few words for people, e.g. "modelled from means and spreads".
std::string_view words(ShareSource source);

/// From counts where both have them, else from both standard deviations, else from the means.
ShareSource share_source(const Rating& a, const Rating& b);

/// Share of people who would rate `a` above `b`, by share_source; share(a, b) + share(b, a) = 1.
double rated_share(const Rating& a, const Rating& b);

/// P(X > Y) + ½·P(X = Y) for points drawn from two counts of one scale. Throws Error unless they
/// are of one length and neither is empty.
double share_of_counts(const std::vector<double>& a, const std::vector<double>& b);

/// Φ((mean_a − mean_b) / √(sd_a² + sd_b²)): Thurstone's case, normal and independent. sds above 0.
double modelled_share(double difference, double sd_a, double sd_b);

/// Mean and sample standard deviation of counted points 1, 2, …; the sd is 0 where all are alike.
/// Throws Error with fewer than two ratings.
Rating rating_of_counts(std::vector<double> counts);

}  // namespace juror
