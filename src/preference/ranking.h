// From the reads of many pairs to a ranking of images with intervals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/options.h"
#include "preference/bradley_terry.h"
#include "preference/list_reads.h"
#include "preference/strengths.h"
#include "preference/vote.h"

namespace juror {

/// The reads of one pair of images; every p is P(image `first` better). A pair that could not be
/// read has none.
struct PairReads {
  std::size_t first = 0;
  std::size_t second = 0;
  std::vector<Read> reads;
};

/// Up to so many images all pairs are compared.
inline constexpr std::size_t kFewImages = 10;

/// Three images have three pairs, which say too little of how strengths and votes spread.
inline constexpr std::size_t kFewestToFitSpread = 4;

struct RankingOptions {
  /// Of the Gaussian prior on strengths (log-odds). 0: fitted to the votes, and so is their
  /// dispersion (`strengths.h`); 1.5 below kFewestToFitSpread images or 1.5 pairs an image.
  double prior_sd = 0;
  /// 0: analytic intervals; else percentile intervals from so many refits.
  std::int64_t bootstrap_replicates = 0;
  std::int64_t seed = 0;  ///< of the bootstrap

  template <class Field>
  void fields(Field&& field) {
    field("prior_sd", prior_sd,
          "Standard deviation of the prior on strengths, in log-odds; 0: fitted to the votes, 1.5 "
          "for 3 pictures or fewer",
          Range{0.0, 100.0});
    field("bootstrap_replicates", bootstrap_replicates,
          "0: intervals from the curvature of the fit; else from this many resamples of the votes",
          ZeroOr{100, 100000});  // the ends of 95 % of fewer are the ends of a handful
  }
};

/// One image's place. Intervals are of 95 % and cover the sampling of votes alone: that the judge
/// itself may be wrong is not in them.
struct RankedItem {
  std::size_t image = 0;      ///< index of the image as given
  std::int64_t position = 1;  ///< place in `Ranking::order`, from 1
  std::int64_t rank = 1;      ///< 1 + images whose lower bound lies above this one's upper bound
  std::vector<std::size_t>
      tied_with;       ///< images that the intervals do not tell from it, best first
  double score = 0.5;  ///< probability to win against the average image of this set, 0 … 1
  double score_low = 0;
  double score_high = 1;
  double strength = 0;           ///< log-odds of `score`
  std::int64_t comparisons = 0;  ///< pairs with this image that could be read
};

struct Ranking {
  std::vector<RankedItem> items;  ///< items[i] is image i
  std::vector<std::size_t>
      order;  ///< image indices, best first; equal strengths keep their given order
  std::int64_t comparisons = 0;  ///< pairs that could be read
  std::int64_t reads = 0;        ///< votes used
  std::int64_t cycles = 0;       ///< circular triads a > b > c > a among the pairs' mean p
  /// Groups of images that no chain of read pairs joins: between them the prior alone decides.
  std::int64_t components = 0;
  double prior_sd = 0, dispersion = 1, position_bias = 0;  ///< of the fit (`Strengths`)
};

/// The reads of a pair as wins: reads × order_balanced_mean.
PairWins wins_of(const PairReads& pair);

/// Strengths and standard deviations as rankings have them.
struct RankingFit {
  Strengths strengths;
  /// [n], of strength − mean strength: 1.96 of them to each side are 95 %. Wider than the curvature
  /// by as much as Student's t is where the dispersion rests on few pairs.
  std::vector<double> sd;
};
RankingFit fit_ranking(std::size_t n, std::span<const PairReads> pairs, double prior_sd,
                       std::span<const ListReads> lists = {});

/// Whether the spread of strengths and votes and the position bias are fitted, or `prior_sd` (1.5
/// at 0) and tosses are taken for granted.
bool fits_spread(std::size_t n, double prior_sd);

/// What a ranking is fitted to: where the spread is fitted, the reads of each order by themselves.
std::vector<PairWins> wins_to_fit(std::size_t n, std::span<const PairReads> pairs, double prior_sd);

/// Ranks `n` images by regularised Bradley–Terry on soft wins (reads × order_balanced_mean of each
/// pair), and Plackett–Luce on the lists. The same pair may come several times. The bootstrap
/// resamples reads within each pair and order; where those are one or all alike it tosses a coin
/// for each, so that no interval is without width. An image that was never read sits in the middle
/// with a wide interval; n = 1 gives the interval 0 … 1. Throws Error if an index is not below n or
/// a pair compares an image with itself, and for a bootstrap of lists.
Ranking rank_images(std::size_t n, std::span<const PairReads> pairs,
                    const RankingOptions& options = {}, std::span<const ListReads> lists = {});

}  // namespace juror
