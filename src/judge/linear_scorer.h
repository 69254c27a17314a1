// A judge without a network: a weighted sum of simple image statistics, in one JSON file. The floor
// that a reasoning judge must beat, and a fast scorer. It looks at no prompt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/rating_pairs.h"
#include "image/statistics.h"
#include "preference/linear_preference.h"
#include "preference/rating.h"

namespace juror {

/// One statistic: it adds weight · (value − mean) / sd to the score.
struct LinearFeature {
  std::string name;  ///< as in ImageStatistics
  double mean = 0, sd = 1, weight = 0;
};

struct LinearScorer {
  std::vector<LinearFeature> features;
  double ridge = 1;
  std::int64_t pairs = 0;  ///< it was trained on
  std::string source;      ///< what they were

  /// Strength in log-odds: P(a better than b) = σ(score(a) − score(b)).
  double score(const ImageStatistics& statistics) const;

  nlohmann::ordered_json json() const;
};

/// Reads linear.json (docs/formats.md). Throws Error naming the file and the key: not such a file,
/// a statistic that does not exist, one missing or named twice, numbers that are no numbers, an sd
/// that is not above 0.
LinearScorer load_linear_scorer(const std::filesystem::path& file);

/// linear.json beside the folder of `mini`: the one that ships, trained on the same photos. Empty
/// when it is not there.
std::filesystem::path shipped_linear_scorer();

/// A rated image on its way to a scorer.
struct RatedStatistics {
  ImageStatistics statistics;
  Rating rating;
};

/// Ridge regression of the mean ratings on the statistics (mean 0, sd 1 over these images), then
/// one factor that makes log-odds of its points: that of the pairs' vote shares
/// (fit_linear_preference). ridge: in images' worth of evidence. Throws Error without images or
/// pairs.
LinearScorer fit_linear_ratings(const std::vector<RatedStatistics>& images,
                                const std::vector<RatedPair>& pairs, double ridge,
                                const std::string& source);

/// Pairs of images on their way to a scorer. Keeps the statistics only.
class LinearTraining {
 public:
  /// share: how often people preferred the first, 0 … 1. weight: how much evidence the pair is,
  /// above 0; 1 is one pair.
  void add(const ImageStatistics& first, const ImageStatistics& second, double share,
           double weight = 1);

  std::int64_t pairs() const { return static_cast<std::int64_t>(pairs_.size()); }

  /// Fits the weights on statistics brought to mean 0 and sd 1 (over all images added); one that
  /// never varies gets weight 0. Throws Error without pairs.
  LinearScorer fit(double ridge, const std::string& source) const;

 private:
  struct Pair {
    std::vector<double> first, second;
    double share = 0.5, weight = 1;
  };
  std::vector<Pair> pairs_;
};

}  // namespace juror
