// How far the models that made the images give the label away: the score of a predictor that never
// looks at an image.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "preference/agreement.h"

namespace juror {

/// Counts pairs by generator in two halves (of the prompts), so that the predictor is scored on
/// prompts it did not see.
class GeneratorLeak {
 public:
  /// One untied pair: the generator of the preferred image, that of the other, and the half (0 or
  /// 1) of its prompt.
  void add(const std::string& winner, const std::string& loser, int half);

  std::int64_t pairs() const { return pairs_; }
  /// The share of pairs won by the generator that wins more often in the other half; equal or
  /// unknown ones count half. Nothing without pairs. Wilson's interval over pairs.
  std::optional<double> accuracy() const;
  Interval interval() const;

 private:
  using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;  // winner, loser
  double hits() const;

  Counts counts_[2];
  std::int64_t pairs_ = 0;
};

}  // namespace juror
