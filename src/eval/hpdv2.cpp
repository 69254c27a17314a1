#include "eval/hpdv2.h"

#include <numeric>

#include "base/error.h"

namespace juror {
namespace {

std::vector<double> negated(const Ranks& ranks) {
  std::vector<double> scores;
  for (const int rank : ranks) scores.push_back(-static_cast<double>(rank));
  return scores;
}

/// Mean over annotators of their agreement with the mean rank.
double rater_against_mean(const PreferenceExample& example) {
  const std::vector<double> ranks = mean_ranks(example);
  double sum = 0;
  for (const Ranks& vote : example.votes) sum += hpdv2_agreement(negated(vote), ranks);
  return sum / static_cast<double>(example.votes.size());
}

/// Mean over ordered pairs of annotators.
double rater_against_rater(const PreferenceExample& example) {
  double sum = 0;
  const std::size_t n = example.votes.size();
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      if (a == b) continue;
      const std::vector<double> ranks(example.votes[b].begin(), example.votes[b].end());
      sum += hpdv2_agreement(negated(example.votes[a]), ranks);
    }
  }
  return sum / static_cast<double>(n * (n - 1));
}

double always_earlier(const PreferenceExample& example) {
  Ranks places(example.images.size());
  std::iota(places.begin(), places.end(), 1);
  return hpdv2_agreement(negated(places), mean_ranks(example));
}

}  // namespace

std::vector<double> mean_ranks(const PreferenceExample& example) {
  if (example.votes.empty()) return {example.ranking.begin(), example.ranking.end()};
  std::vector<double> means(example.images.size(), 0.0);
  for (const Ranks& vote : example.votes) {
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += vote[i];
  }
  for (double& mean : means) mean /= static_cast<double>(example.votes.size());
  return means;
}

double hpdv2_agreement(const std::vector<double>& scores, const std::vector<double>& ranks) {
  require(scores.size() == ranks.size() && ranks.size() >= 2, "{} scores stand against {} ranks; two or more of each are expected.",
          scores.size(), ranks.size());
  std::int64_t pairs = 0, inversions = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t j = i + 1; j < ranks.size(); ++j) {
      ++pairs;
      const double human = ranks[j] - ranks[i], predicted = scores[i] - scores[j];
      inversions += human != 0 && !(human * predicted > 0);
    }
  }
  return 1.0 - static_cast<double>(inversions) / static_cast<double>(pairs);
}

ProtocolRow mean_over_prompts(const std::string& name, const std::vector<double>& by_prompt) {
  std::vector<ClusteredValue> values;
  double sum = 0;
  for (std::size_t i = 0; i < by_prompt.size(); ++i) {
    values.push_back({by_prompt[i], i});
    sum += by_prompt[i];
  }
  return {.name = name, .accuracy = sum / static_cast<double>(by_prompt.size()), .interval = clustered_bootstrap(values, {.seed = 1})};
}

std::vector<ProtocolRow> hpdv2_baselines(const std::vector<PreferenceExample>& examples) {
  std::vector<double> against_mean, against_rater, earlier;
  for (const PreferenceExample& example : examples) {
    earlier.push_back(always_earlier(example));
    if (example.votes.size() < 2) continue;
    against_mean.push_back(rater_against_mean(example));
    against_rater.push_back(rater_against_rater(example));
  }
  std::vector<ProtocolRow> rows;
  if (!against_mean.empty()) {
    rows.push_back(mean_over_prompts("one person against the mean of all", against_mean));
    rows.push_back(mean_over_prompts("one person against another", against_rater));
  }
  rows.push_back(mean_over_prompts("always the earlier image", earlier));
  return rows;
}

PairCounts count_pairs(const std::vector<PreferenceExample>& examples) {
  PairCounts counts;
  for (const PreferenceExample& example : examples) {
    const std::vector<double> ranks = mean_ranks(example);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      for (std::size_t j = i + 1; j < ranks.size(); ++j) {
        ++counts.pairs;
        counts.ties += ranks[i] == ranks[j];
      }
    }
  }
  return counts;
}

}  // namespace juror
