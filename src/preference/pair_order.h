// In which order to compare all pairs, so that work that is cut short has looked at every image.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace juror {

/// All pairs i < j of n images, in rounds in which each image stands once (at odd n one rests):
/// after n / 2 comparisons every image was compared, after k rounds each k times, give or take one.
/// Source: the circle method of round-robin tournaments.
std::vector<std::pair<std::size_t, std::size_t>> pairs_in_rounds(std::size_t n);

}  // namespace juror
