// A judge on synthetic photo pairs, whose truth is known: are its verdicts right, are its thoughts
// true?
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/log.h"
#include "data/photos.h"
#include "data/synth/pairs.h"
#include "data/synth/thoughts.h"
#include "judge/judge.h"
#include "preference/agreement.h"

namespace juror {

struct SynthEvalOptions {
  std::int64_t pairs = 600;
  JudgeOptions judge;
  SynthOptions synth;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields

  template <class Field>
  void fields(Field&& field) {
    field("pairs", pairs, "Pairs of each kind (same photo, different photos)", Range{2, 1e7});
    judge.fields(field);
    nested(field, "synth", synth);
  }
};

/// An accuracy with its 95 % interval, from a bootstrap clustered by photo.
struct Accuracy {
  double mean = 0;
  Interval interval;
  std::int64_t pairs = 0;
};

/// One kind of pairs. Accuracy is the share of pairs whose p lies on the side of the truly better
/// picture; an even p and an unread pair are wrong. clear: |Δq| > 2.2; middle: 0.7 to 2.2; the rest
/// is below what ten voters see.
struct SynthEvalPart {
  std::string name;
  Accuracy all, middle, clear;
  double always_first = 0;      ///< what always preferring the first would score
  double same_both_orders = 0;  ///< share of pairs with the same verdict in both orders
  double brier = 0;             ///< of p against the share of voters for the first
  double saturated_share = 0;   ///< of the reads
  double unread_share = 0;      ///< of the votes, forced ones included
  ClaimCounts claims;           ///< what the thoughts claim, against the truth

  nlohmann::ordered_json json() const;
};

/// Makes the pairs, has them judged and scores the verdicts: same-photo pairs, then different
/// photos.
std::vector<SynthEvalPart> evaluate_on_synth(Judge& judge, const PhotoSet& photos,
                                             const SynthEvalOptions& options,
                                             const Progress& progress);

}  // namespace juror
