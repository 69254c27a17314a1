// Ratings of single images as votes on a pair of them.
#pragma once

#include <array>
#include <vector>

#include "preference/vote.h"

namespace juror {

/// Ratings of a pair's images by themselves as votes on the pair: the k-th of each make the k-th.
/// verdicts: of the first image, of the second; temperature: of scores_probability.
std::vector<Vote> votes_of_ratings(const std::array<std::vector<Verdict>, 2>& verdicts,
                                   double temperature);

}  // namespace juror
