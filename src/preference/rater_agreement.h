// How well people agree with each other, the ceiling of every judge.
#pragma once

#include <optional>
#include <vector>

#include "preference/example.h"

namespace juror {

/// Mean rank of each image over the votes, the consensus where there are none, empty without a
/// label. Lower is better.
std::vector<double> mean_ranks(const PreferenceExample& example);

/// Shares of pairs of one example, counted as HPDv2's protocol does: a tie of the truth counts as
/// right, a tie against a preference as wrong.
struct RaterAgreement {
  double rater_rater = 0;  ///< one annotator against another, mean over ordered pairs of annotators
  double rater_mean = 0;   ///< one annotator against the mean rank of all, mean over annotators
};

/// Nothing with fewer than two annotators or two images.
std::optional<RaterAgreement> rater_agreement(const PreferenceExample& example);

}  // namespace juror
