// What votes on lists of images say: a Plackett–Luce ranking is a row of choices, each among the
// images that are left, and a choice between two is what Bradley–Terry knows.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "preference/bradley_terry.h"
#include "preference/vote.h"

namespace juror {

/// One vote on a list. Places are those of the list as given, whatever the order shown.
struct ListRead {
  std::vector<std::size_t> ranking;  ///< places, best first
  std::vector<double> first;         ///< probability of each place to be the best; empty: not known
};

/// The votes on one list of images.
struct ListReads {
  std::vector<std::size_t> images;
  std::vector<ListRead> reads;
};

/// The votes on a list of `images` that could be read. The order "ji" shows it backwards.
std::vector<ListRead> list_reads_of(std::span<const Vote> votes, std::size_t images);

/// The choices of all reads: the first one soft where its probabilities are known, all others as
/// written. Source: Plackett 1975; Luce 1959.
std::vector<SoftChoice> choices_of(std::span<const ListReads> lists);

/// What the written rankings say of each pair of a list.
std::vector<PairWins> wins_of_lists(std::span<const ListReads> lists);

}  // namespace juror
