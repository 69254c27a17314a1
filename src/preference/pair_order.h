// In which order to compare all pairs, so that work that is cut short has looked at every image.
#pragma once

#include <compare>
#include <cstddef>
#include <vector>

namespace juror {

/// A pair of candidates by index.
struct PairIndex {
  std::size_t first = 0, second = 0;
  auto operator<=>(const PairIndex&) const = default;
};

/// All pairs i < j of n images, in rounds in which each image stands once (at odd n one rests):
/// after n / 2 comparisons every image was compared, after k rounds each k times, give or take one.
/// Source: the circle method of round-robin tournaments.
std::vector<PairIndex> pairs_in_rounds(std::size_t n);

}  // namespace juror
