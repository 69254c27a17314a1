// The protocol `opinion`: how a judge follows people's mean opinions of single images. Pairs right,
// by how much the means differ, and correlations of the images' scores with the means.
#pragma once

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/ratings.h"
#include "eval/tally.h"
#include "preference/correlation.h"

namespace juror {

/// Differences of means in points of 100, whatever the scale: above `low`, up to `high`.
struct DifferenceBin {
  const char* label;
  double low, high;
};

/// All, over 20, then from 0 to 5, 5 to 10, 10 to 20, 20 to 40, over 40 points.
const std::array<DifferenceBin, 7>& difference_bins();

/// What is known of one judge of the pairs.
struct OpinionJudge {
  std::string name, kind;
  std::vector<double> p = {};       ///< one a pair: P(first better); NaN: unread
  std::vector<double> scores = {};  ///< one an image, or empty: none; NaN: unknown
};

class OpinionResults {
 public:
  OpinionResults(const RatingScale& scale, std::int64_t seed) : scale_(scale), seed_(seed) {}

  /// A row of the table. The model is the first and is scored by Bradley–Terry strengths of its
  /// pairs.
  std::size_t add_judge(const std::string& name, const std::string& kind);

  /// One pair of rated images, with the judges' p in the order of add_judge and the scores of both
  /// images, which are empty where a judge has none. Throws Error for an example that is no pair of
  /// rated images.
  struct Judgement {
    double p = kUnknown;
    std::vector<double> scores = {};
  };
  void add(const PreferenceExample& example, const std::vector<Judgement>& judgements);

  /// One list a judge and one of the modelled person, the bins in the order of difference_bins.
  struct Row {
    std::string name, kind;
    std::vector<Measured> accuracy;
    std::optional<Correlations> correlations = {};
    double brier = kUnknown, ece = kUnknown;  ///< against the vote share
  };
  std::vector<Row> rows() const;

  /// The object `opinion` of summary.json (docs/formats.md).
  nlohmann::ordered_json json() const;

  std::int64_t images() const { return static_cast<std::int64_t>(means_.size()); }

 private:
  struct Pair {
    std::size_t first = 0, second = 0;
    double share = 0.5;
    double lead = 0;  ///< of the first's mean, in points of 100
  };
  std::size_t number_of(const PreferenceExample& example, std::size_t index);
  std::vector<Measured> accuracies(const std::vector<double>& right) const;
  Row row_of(const OpinionJudge& judge) const;
  Row person() const;
  std::vector<double> strengths() const;

  RatingScale scale_;
  std::int64_t seed_;
  std::vector<OpinionJudge> judges_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::string> names_;
  std::vector<double> means_;
  std::vector<Pair> pairs_;
  std::map<ShareSource, std::int64_t> shares_;
};

}  // namespace juror
