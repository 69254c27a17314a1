// A hash of what a picture looks like: similar pictures differ in few bits.
#pragma once

#include <cstdint>

#include "image/image.h"

namespace juror {

struct DifferenceHash {
  std::uint64_t across = 0, down = 0;
  bool operator==(const DifferenceHash&) const = default;
};

/// Which of the neighbours in a grid of 8 × 8 is brighter, across and down. Source: Krawetz 2013,
/// dHash, in both directions. The image must not be empty.
DifferenceHash difference_hash(const Image& image);

/// Bits that differ, 0 … 128.
int hash_distance(const DifferenceHash& a, const DifferenceHash& b);

}  // namespace juror
