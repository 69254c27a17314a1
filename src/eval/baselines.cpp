#include "eval/baselines.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

constexpr double kPriorSd = 1.5;  // of generators' strengths

std::vector<double> negated(const Ranks& ranks) {
  std::vector<double> scores;
  for (const int rank : ranks) scores.push_back(-static_cast<double>(rank));
  return scores;
}

/// How many annotators gave each ranking.
std::map<Ranks, double> different_rankings(const PreferenceExample& example) {
  std::map<Ranks, double> counts;
  for (const Ranks& vote : example.votes) ++counts[vote];
  return counts;
}

/// Adds up what stands under the same two generators.
void add_wins(const GeneratorWins& wins, GeneratorWins& total) {
  for (const auto& [key, pair] : wins) {
    PairWins& sum = total[key];
    sum = {pair.first, pair.second, sum.wins + pair.wins, sum.count + pair.count};
  }
}

/// `total` less `own`, which is a part of it.
std::vector<PairWins> without(const GeneratorWins& total, const GeneratorWins& own) {
  std::vector<PairWins> rest;
  for (auto [key, pair] : total) {
    if (const auto mine = own.find(key); mine != own.end()) {
      pair.count -= mine->second.count;
      pair.wins =
          std::clamp(pair.wins - mine->second.wins, 0.0, pair.count);  // rounding may leave −1e-16
    }
    if (pair.count > 0) rest.push_back(pair);
  }
  return rest;
}

}  // namespace

JudgedExample judged_by_order(JudgedExample example) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < example.ranks.size(); ++i) scores.push_back(-static_cast<double>(i));
  return judged_by_scores(std::move(example), std::move(scores));
}

std::vector<RepeatedJudgement> raters_against_mean(const PreferenceExample& example,
                                                   std::size_t prompt) {
  const JudgedExample truth{
      .prompt = prompt, .ranks = mean_ranks(example), .pairs = all_pairs(example)};
  std::vector<RepeatedJudgement> judged;
  for (const auto& [ranks, times] : different_rankings(example))
    judged.push_back({judged_by_scores(truth, negated(ranks)), times});
  return judged;
}

std::vector<RepeatedJudgement> raters_against_raters(const PreferenceExample& example,
                                                     std::size_t prompt) {
  const std::map<Ranks, double> rankings = different_rankings(example);
  JudgedExample truth{.prompt = prompt, .pairs = all_pairs(example)};
  std::vector<RepeatedJudgement> judged;
  for (const auto& [other, others] : rankings) {
    truth.ranks = {other.begin(), other.end()};
    for (const auto& [ranks, times] : rankings) {
      const double meetings = &ranks == &other ? times * (times - 1) : times * others;
      if (meetings > 0) judged.push_back({judged_by_scores(truth, negated(ranks)), meetings});
    }
  }
  return judged;
}

std::size_t GeneratorBaseline::number_of(const std::string& generator) {
  return numbers_.emplace(generator, numbers_.size()).first->second;
}

void GeneratorBaseline::add(const JudgedExample& example,
                            const std::vector<std::string>& generators) {
  if (generators.empty()) return;
  require(generators.size() == example.ranks.size(), "{} generators are named for {} images.",
          generators.size(), example.ranks.size());
  Entry entry{.example = example, .generators = {}};
  entry.example.scores.clear();  // its own come in `judged`
  for (const std::string& generator : generators) entry.generators.push_back(number_of(generator));
  examples_.push_back(std::move(entry));
}

GeneratorWins GeneratorBaseline::wins_of(const Entry& entry) const {
  GeneratorWins wins;
  for (const JudgedPair& pair : entry.example.pairs) {
    const std::size_t a = entry.generators[pair.first], b = entry.generators[pair.second];
    if (a == b || std::isnan(pair.share)) continue;
    PairWins& sum = wins[std::minmax(a, b)];
    sum.first = std::min(a, b);
    sum.second = std::max(a, b);
    sum.wins += a < b ? pair.share : 1 - pair.share;
    ++sum.count;
  }
  return wins;
}

std::vector<JudgedExample> GeneratorBaseline::judged() const {
  GeneratorWins total;
  std::map<std::size_t, GeneratorWins> by_prompt;
  for (const Entry& entry : examples_) {
    const GeneratorWins wins = wins_of(entry);
    add_wins(wins, total);
    add_wins(wins, by_prompt[entry.example.prompt]);
  }
  std::map<std::size_t, std::vector<double>>
      strengths;  // of the generators, fitted without that prompt
  for (const auto& [prompt, own] : by_prompt) {
    strengths[prompt] = fit_bradley_terry(numbers_.size(), without(total, own), kPriorSd).strength;
  }
  std::vector<JudgedExample> judged;
  for (const Entry& entry : examples_) {
    std::vector<double> scores;
    for (const std::size_t generator : entry.generators)
      scores.push_back(strengths.at(entry.example.prompt)[generator]);
    judged.push_back(judged_by_scores(entry.example, std::move(scores)));
  }
  return judged;
}

}  // namespace juror
