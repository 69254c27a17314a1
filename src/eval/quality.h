// How far a judge's probabilities can be trusted: calibration, accuracy against coverage, flips,
// unread votes, cost; and where it is good and where it is not.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "preference/agreement.h"
#include "preference/calibration.h"
#include "records/comparison.h"

namespace juror {

/// Sums over the pairs of a judge; a few numbers a pair are kept.
class JudgeQuality {
 public:
  /// `calibration`: applied to every p here; pairs are added as the journal has them.
  explicit JudgeQuality(const Calibration& calibration) : calibration_(calibration) {}

  void add(const EvalExample& example);

  /// The object `judge` of summary.json.
  nlohmann::ordered_json json() const;

  std::int64_t pairs() const { return pairs_; }
  std::int64_t human_ties() const { return human_ties_; }

 private:
  void add(const EvalExample& example, const EvalPair& pair);

  /// Mean of what is known.
  struct Mean {
    double sum = 0;
    std::int64_t count = 0;
    void add(double value);
    double mean() const;
  };

  Calibration calibration_;
  std::vector<Prediction> raw_, calibrated_;
  std::vector<Judgement> judgements_;  // of pairs without a human tie
  Mean flips_, saturated_, prompt_tokens_, completion_tokens_, seconds_;
  std::int64_t pairs_ = 0, human_ties_ = 0, untied_unread_ = 0, votes_ = 0, unread_ = 0,
               forced_ = 0;
};

/// Accuracy of a judge by what the pairs are like.
class Breakdowns {
 public:
  void add(const EvalExample& example, std::size_t prompt);

  /// The object `breakdowns` of summary.json.
  nlohmann::ordered_json json(std::int64_t seed) const;

 private:
  struct Group {
    std::string label;
    std::vector<ClusteredValue> values = {};
  };
  using Groups = std::map<int, Group>;  // by place in the list
  std::map<std::string, Groups> dimensions_;
  void count(const std::string& dimension, int place, const std::string& label,
             const ClusteredValue& value);
};

/// Brackets of the breakdowns: place in the list and label.
struct Bracket {
  int place = 0;
  std::string label;
};
Bracket size_bracket(const PictureSize& a,
                     const PictureSize& b);  ///< by the smaller of the two pictures
Bracket aspect_bracket(
    const PictureSize& a,
    const PictureSize& b);  ///< portrait, square (within 10 %), landscape, or different
Bracket prompt_bracket(const std::string& prompt);  ///< by its words
Bracket agreement_bracket(double share);            ///< share of people on the side of the majority

}  // namespace juror
