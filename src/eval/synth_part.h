// What is known of a judge after one kind of synthetic pairs, and its JSON.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "preference/agreement.h"
#include "synth/claim_counts.h"

namespace juror {

/// Absent where nothing was counted. Intervals are clustered by photo (of different photos by the
/// pair's first); where a bootstrap tells nothing they are Wilson's (measured_share).
using PhotoShare = std::optional<MeasuredShare>;

/// Accuracy on pairs whose widest difference (widest_difference) is one defect, or any; n: pairs.
struct DifferenceAccuracy {
  PhotoShare all;
  std::array<PhotoShare, kSeverityLevels>
      by_severity;  ///< slight, clear, strong: of the difference
};

/// One kind of pairs. Accuracy is the share of pairs whose p lies on the side of the truly better
/// picture; an even p and an unread pair are wrong, pairs of equal quality do not count. clear:
/// |Δq| > 2.2; middle: 0.7 to 2.2; the rest is below what ten voters see.
struct SynthEvalPart {
  std::string name;
  PhotoShare all, middle, clear;  ///< accuracy; n: pairs
  PhotoShare always_first;        ///< what always preferring the first would score
  DifferenceAccuracy any_defect;
  std::array<DifferenceAccuracy, kDefects> by_defect;
  PhotoShare same_both_orders;  ///< 1 − flip rate; n: pairs read in both orders
  PhotoShare brier;             ///< of p against the share of voters for the first; n: pairs
  PhotoShare saturated;         ///< of the reads; n: pairs
  PhotoShare unread;            ///< of the votes, forced ones included; n: votes
  ClaimCounts claims;           ///< what the thoughts claim, against the truth
  PhotoShare f1;                ///< of defects named; n: defects present, once for each thought
  PhotoShare severity_right;    ///< severity word right, of the defects rightly named; n: these
  std::array<PhotoShare, kDefects> f1_of;

  nlohmann::ordered_json json() const;
};

}  // namespace juror
