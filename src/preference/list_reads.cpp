#include "preference/list_reads.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// The choice of ranking[stage] among the images that are left.
SoftChoice choice_at(const ListReads& list, const ListRead& read, std::size_t stage) {
  SoftChoice choice{.images = {}, .wins = {}};
  for (std::size_t place = stage; place < read.ranking.size(); ++place) {
    choice.images.push_back(list.images[read.ranking[place]]);
    choice.wins.push_back(place == stage ? 1 : 0);
  }
  return choice;
}

}  // namespace

std::vector<ListRead> list_reads_of(std::span<const Vote> votes, std::size_t images) {
  std::vector<ListRead> reads;
  for (const Vote& vote : votes) {
    const Verdict& verdict = vote.verdict;
    if (verdict.ranking.size() != images) continue;
    ListRead read{.ranking = verdict.ranking, .first = verdict.first_place};
    if (vote.swapped) {
      for (std::size_t& place : read.ranking) place = images - 1 - place;
      std::reverse(read.first.begin(), read.first.end());
    }
    reads.push_back(std::move(read));
  }
  return reads;
}

std::vector<SoftChoice> choices_of(std::span<const ListReads> lists) {
  std::vector<SoftChoice> choices;
  for (const ListReads& list : lists) {
    SoftChoice first{.images = list.images, .wins = std::vector<double>(list.images.size(), 0.0)};
    for (const ListRead& read : list.reads) {
      require(read.ranking.size() == list.images.size(),
              "A vote ranks {} images of a list of {}. It must name each once.",
              read.ranking.size(), list.images.size());
      if (read.first.empty()) {
        first.wins[read.ranking.front()] += 1;
      } else {
        for (std::size_t place = 0; place < read.first.size(); ++place)
          first.wins[place] += read.first[place];
        first.softness += toss_variance(read.first);
      }
      for (std::size_t stage = 1; stage + 1 < read.ranking.size(); ++stage)
        choices.push_back(choice_at(list, read, stage));
    }
    if (!list.reads.empty()) choices.push_back(std::move(first));
  }
  return choices;
}

std::vector<PairWins> wins_of_lists(std::span<const ListReads> lists) {
  std::vector<PairWins> wins;
  for (const ListReads& list : lists) {
    const std::size_t size = list.images.size();
    std::vector<double> ahead(size * size, 0.0);  // [winner·size + loser], places
    for (const ListRead& read : list.reads) {
      for (std::size_t a = 0; a < size; ++a) {
        for (std::size_t b = a + 1; b < size; ++b)
          ahead[read.ranking[a] * size + read.ranking[b]] += 1;
      }
    }
    const auto count = static_cast<double>(list.reads.size());
    for (std::size_t a = 0; a < size && count > 0; ++a) {
      for (std::size_t b = a + 1; b < size; ++b)
        wins.push_back({.first = list.images[a],
                        .second = list.images[b],
                        .wins = ahead[a * size + b],
                        .count = count});
    }
  }
  return wins;
}

}  // namespace juror
