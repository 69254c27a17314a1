// What a preference is: a prompt, images, and how people ranked them. Reading and writing files
// belongs to `data`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "preference/rating.h"

namespace juror {

/// One rank per image: 1 = best; ties (equal ranks) and gaps are allowed.
using Ranks = std::vector<int>;

/// One example of people's preferences. `ranking` is a consensus, `votes` holds one ranking per
/// annotator; either may be missing (empty): an example without both has no label. `ratings` are
/// what people said of each image by itself; `ranking` is then the order of their means.
struct PreferenceExample {
  std::string id;
  std::string prompt;                ///< may be empty: images alone
  std::vector<std::string> images;   ///< file names, as in the data set
  Ranks ranking;                     ///< empty, or one rank per image
  std::vector<Ranks> votes;          ///< each one rank per image
  std::string source;                ///< where the example comes from; may be empty
  std::vector<Rating> ratings = {};  ///< empty, or one per image
};

/// Share of annotators who rank image `i` above image `j`, ties half: 0 … 1, and vote_share(i, j) +
/// vote_share(j, i) = 1. Without votes it is rated_share of the ratings; with a consensus ranking
/// alone it is 1, 0 or 0.5; without a label nothing.
/// `i` and `j` must be images of the example.
std::optional<double> vote_share(const PreferenceExample& example, std::size_t i, std::size_t j);

/// The order that people agree on: the ranking, or the images by their mean rank over the votes,
/// equal ones tied. Empty without a label.
Ranks agreed_ranks(const PreferenceExample& example);

/// Where that share comes from.
ShareSource share_source(const PreferenceExample& example, std::size_t i, std::size_t j);

/// Throws Error naming the example and the key unless there are images and every ranking has one
/// rank ≥ 1 per image, and ratings are as many as the images.
void check_example(const PreferenceExample& example);

}  // namespace juror
