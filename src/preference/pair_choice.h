// Which pairs to compare next: those whose reads are expected to say most about the strengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "preference/pair_order.h"
#include "preference/strengths.h"

namespace juror {

/// Pairs of n images that were asked for.
class AskedPairs {
 public:
  explicit AskedPairs(std::size_t n) : n_(n), asked_(n * n, false) {}
  bool contains(std::size_t i, std::size_t j) const { return asked_[i * n_ + j]; }
  void insert(const PairIndex& pair) {
    asked_[pair.first * n_ + pair.second] = asked_[pair.second * n_ + pair.first] = true;
  }

 private:
  std::size_t n_;
  std::vector<bool> asked_;
};

struct PairChoiceOptions {
  std::size_t count = 1;    ///< pairs wanted
  double reads_a_pair = 8;  ///< expected; each a toss of a coin times the dispersion
  std::int64_t top_k = 0;   ///< 0: the whole order matters; else which images are the best k
  std::uint64_t seed = 0;   ///< decides between pairs that promise the same
};

/// At most `count` pairs that were not asked, most informative first, each with the smaller index
/// first. A pair promises ½ log(1 + w·(vi + vj)): w is the information of its reads about the gap,
/// averaged over what is believed of it; v are the variances, lowered by `pending` pairs (asked,
/// not read) and by each pair chosen, so that a batch spreads over the images. Pairs that are far
/// apart promise nearly nothing: above 150 images only the 64 next in order on either side are
/// looked at. With `top_k` pairs count by how open it is whether their images are among the best k.
/// Source: expected information gain of a Gaussian posterior (Lindley 1956; MacKay 1992); its mean
/// of σ' by the probit approximation (Spiegelhalter and Lauritzen 1990).
std::vector<PairIndex> choose_pairs(const Strengths& strengths, const AskedPairs& asked,
                                    std::span<const PairIndex> pending,
                                    const PairChoiceOptions& options);

}  // namespace juror
