// Which lists of images to show next: neighbours by what is believed of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "preference/strengths.h"

namespace juror {

/// Cuts the images into lists of `size` or a little fewer, but never fewer than two: neighbours
/// in an order that is drawn from what is believed (mean and variance). So the first lists are
/// drawn at random, and later ones hold images that are hard to tell apart. The same round of the
/// same seed draws the same. Source: Thompson 1933, posterior sampling.
std::vector<std::vector<std::size_t>> lists_of_round(const Strengths& believed, std::size_t size,
                                                     std::uint64_t round, std::uint64_t seed);

/// Lists that a ranking of n images takes unless somebody says: one that shows them all; above
/// `size` images about as many choices as pairs would give (`default_budget`).
std::int64_t default_lists(std::size_t n, std::size_t size);

}  // namespace juror
