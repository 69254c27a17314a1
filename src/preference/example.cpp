#include "preference/example.h"

#include <algorithm>

#include "base/error.h"

namespace juror {
namespace {

/// 1 if the first rank is better (smaller), 0 if worse, 0.5 if equal.
double win(int first, int second) {
  if (first == second) return 0.5;
  return first < second ? 1.0 : 0.0;
}

void check_ranks(const PreferenceExample& example, const Ranks& ranks, const char* key) {
  require(ranks.size() == example.images.size(),
          "Example \"{}\": a list in \"{}\" has {} ranks for {} images. Give one rank per image.",
          example.id, key, ranks.size(), example.images.size());
  for (const int rank : ranks) {
    require(rank >= 1, "Example \"{}\": \"{}\" holds the rank {}. Ranks start at 1 (the best).",
            example.id, key, rank);
  }
}

}  // namespace

std::optional<double> vote_share(const PreferenceExample& example, std::size_t i, std::size_t j) {
  if (!example.votes.empty()) {
    double wins = 0;
    for (const Ranks& ranks : example.votes) wins += win(ranks.at(i), ranks.at(j));
    return wins / static_cast<double>(example.votes.size());
  }
  if (!example.ratings.empty()) return rated_share(example.ratings.at(i), example.ratings.at(j));
  if (example.ranking.empty()) return std::nullopt;
  return win(example.ranking.at(i), example.ranking.at(j));
}

Ranks agreed_ranks(const PreferenceExample& example) {
  if (!example.ranking.empty() || example.votes.empty()) return example.ranking;
  std::vector<long> sums(example.images.size(), 0);
  for (const Ranks& vote : example.votes) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += vote[i];
  }
  Ranks ranks;
  for (const long own : sums)
    ranks.push_back(1 + static_cast<int>(std::count_if(sums.begin(), sums.end(),
                                                       [&](long other) { return other < own; })));
  return ranks;
}

ShareSource share_source(const PreferenceExample& example, std::size_t i, std::size_t j) {
  if (!example.votes.empty()) return ShareSource::kVotes;
  if (!example.ratings.empty()) return share_source(example.ratings.at(i), example.ratings.at(j));
  return example.ranking.empty() ? ShareSource::kNone : ShareSource::kRanking;
}

void check_example(const PreferenceExample& example) {
  require(!example.images.empty(), "Example \"{}\": \"images\" is empty. Name at least one image.",
          example.id);
  if (!example.ranking.empty()) check_ranks(example, example.ranking, "ranking");
  for (const Ranks& ranks : example.votes) check_ranks(example, ranks, "votes");
  require(example.ratings.empty() || example.ratings.size() == example.images.size(),
          "Example \"{}\": {} ratings stand for {} images. Give one per image.", example.id,
          example.ratings.size(), example.images.size());
}

}  // namespace juror
