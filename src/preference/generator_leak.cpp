#include "preference/generator_leak.h"

namespace juror {
namespace {

struct Games {
  double wins = 0, all = 0;
};

using Counts = std::map<std::pair<std::string, std::string>, std::int64_t>;

/// Each generator's share of pairs won, against whatever it met.
std::map<std::string, double> win_rates(const Counts& counts) {
  std::map<std::string, Games> games;
  for (const auto& [pair, count] : counts) {
    const auto n = static_cast<double>(count);
    games[pair.first].wins += n;
    games[pair.first].all += n;
    games[pair.second].all += n;
  }
  std::map<std::string, double> rates;
  for (const auto& [name, game] : games) rates[name] = game.wins / game.all;
  return rates;
}

double score(const Counts& counts, const std::map<std::string, double>& rates) {
  double hits = 0;
  for (const auto& [pair, count] : counts) {
    const auto winner = rates.find(pair.first), loser = rates.find(pair.second);
    const bool unknown =
        winner == rates.end() || loser == rates.end() || winner->second == loser->second;
    hits += static_cast<double>(count) * (unknown                          ? 0.5
                                          : winner->second > loser->second ? 1.0
                                                                           : 0.0);
  }
  return hits;
}

}  // namespace

void GeneratorLeak::add(const std::string& winner, const std::string& loser, int half) {
  ++counts_[half & 1][{winner, loser}];
  ++pairs_;
}

double GeneratorLeak::hits() const {
  return score(counts_[0], win_rates(counts_[1])) + score(counts_[1], win_rates(counts_[0]));
}

std::optional<double> GeneratorLeak::accuracy() const {
  if (pairs_ == 0) return std::nullopt;
  return hits() / static_cast<double>(pairs_);
}

Interval GeneratorLeak::interval() const { return wilson(hits(), static_cast<double>(pairs_)); }

}  // namespace juror
