#include "eval/judged.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "preference/bradley_terry.h"
#include "preference/calibration.h"
#include "preference/logistic.h"

namespace juror {
namespace {

constexpr double kPriorSd = 1.5;          // of strengths, as rank's
constexpr double kEvenTolerance = 1e-12;  // sums of p and 1 − p are even up to rounding

int sign(double x) { return (x > 0) - (x < 0); }

std::vector<double> as_numbers(const Ranks& ranks) { return {ranks.begin(), ranks.end()}; }

}  // namespace

std::vector<double> consensus_ranks(const PreferenceExample& example) {
  return example.ranking.empty() ? mean_ranks(example) : as_numbers(example.ranking);
}

int human_choice(const JudgedExample& example, const JudgedPair& pair) {
  return sign(example.ranks.at(pair.second) - example.ranks.at(pair.first));
}

int predicted_choice(double p, double tie_band) {
  const double lead = p - 0.5;
  if (std::isnan(p) || std::abs(lead) <= kEvenTolerance || std::abs(lead) < tie_band) return 0;
  return sign(lead);
}

bool is_read(const JudgedPair& pair) { return !std::isnan(pair.p); }

std::vector<JudgedPair> all_pairs(const PreferenceExample& example) {
  std::vector<JudgedPair> pairs;
  for (std::size_t i = 0; i < example.images.size(); ++i) {
    for (std::size_t j = i + 1; j < example.images.size(); ++j) {
      pairs.push_back(
          {.first = i, .second = j, .share = vote_share(example, i, j).value_or(kUnknown)});
    }
  }
  return pairs;
}

std::vector<double> strengths_of(std::size_t images, const std::vector<JudgedPair>& pairs) {
  std::vector<PairWins> wins;
  for (const JudgedPair& pair : pairs) {
    if (is_read(pair))
      wins.push_back({.first = pair.first, .second = pair.second, .wins = pair.p, .count = 1});
  }
  return fit_bradley_terry(images, wins, kPriorSd).strength;
}

JudgedExample judged(const std::vector<double>& ranks, const std::vector<EvalPair>& pairs,
                     std::size_t prompt, bool whole_order) {
  JudgedExample judged{.prompt = prompt, .ranks = ranks};
  for (const EvalPair& pair : pairs) {
    judged.pairs.push_back(
        {.first = pair.first, .second = pair.second, .p = pair.result.p, .share = pair.share});
  }
  if (whole_order) judged.scores = strengths_of(ranks.size(), judged.pairs);
  return judged;
}

JudgedExample with_temperature(JudgedExample example, double temperature) {
  for (JudgedPair& pair : example.pairs) pair.p = tempered(pair.p, temperature);
  return example;
}

JudgedExample judged_by_scores(JudgedExample example, std::vector<double> scores) {
  require(scores.size() == example.ranks.size(), "{} scores stand against {} images.",
          scores.size(), example.ranks.size());
  for (JudgedPair& pair : example.pairs)
    pair.p = logistic(scores[pair.first] - scores[pair.second]);
  example.scores = std::move(scores);
  return example;
}

}  // namespace juror
