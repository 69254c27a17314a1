#include "preference/pair_order.h"

#include <algorithm>

namespace juror {

std::vector<PairIndex> pairs_in_rounds(std::size_t n) {
  std::vector<PairIndex> pairs;
  const std::size_t places = n + n % 2;  // at odd n the last one is nobody
  for (std::size_t round = 0; round + 1 < places; ++round) {
    const std::size_t circle = places - 1;
    for (std::size_t k = 0; k < places / 2; ++k) {
      const std::size_t a = k == 0 ? circle : (round + k) % circle,
                        b = (round + circle - k) % circle;
      if (std::max(a, b) < n) pairs.push_back({std::min(a, b), std::max(a, b)});
    }
  }
  return pairs;
}

}  // namespace juror
