// Pairs of rated images, drawn by chance. Numbers alone: no files, no images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/rating_options.h"

namespace juror {

struct RatedPair {
  std::size_t first = 0, second = 0;  ///< places in the list of images
  bool operator==(const RatedPair&) const = default;
};

/// Pairs of images of one group whose means differ, by `options.min_difference` or more; each pair
/// once, in an order and with the first image by chance. Not balanced, every pair is as likely as
/// any other, and a larger number of pairs begins with the pairs of a smaller one. Balanced, the
/// range from the least to the greatest difference is cut into ten, and each tenth gives as many
/// pairs as it has, up to an equal share. Fewer come where there are no more. Sets of images with
/// more than a million pairs are sampled, not enumerated.
/// groups: one an image. Throws Error when no pair is left, saying why.
std::vector<RatedPair> draw_rated_pairs(const std::vector<double>& means,
                                        const std::vector<std::string>& groups,
                                        const RatingOptions& options, std::int64_t seed);

}  // namespace juror
