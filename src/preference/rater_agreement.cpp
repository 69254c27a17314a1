#include "preference/rater_agreement.h"

namespace juror {
namespace {

/// What the annotators say of one pair.
struct PairVotes {
  double first = 0, second = 0, ties = 0;
};

PairVotes count_votes(const PreferenceExample& example, std::size_t i, std::size_t j) {
  PairVotes count;
  for (const Ranks& vote : example.votes) {
    if (vote[i] == vote[j]) ++count.ties;
    if (vote[i] < vote[j]) ++count.first;
    if (vote[i] > vote[j]) ++count.second;
  }
  return count;
}

/// Mean over ordered pairs (rater, truth): right where the truth ties or both prefer the same.
double among_raters(const PairVotes& votes) {
  const double n = votes.first + votes.second + votes.ties;
  return (votes.ties * (n - 1) + votes.first * (votes.first - 1) +
          votes.second * (votes.second - 1)) /
         (n * (n - 1));
}

/// `lead`: mean rank of the second minus that of the first.
double with_mean(const PairVotes& votes, double lead) {
  if (lead == 0) return 1;
  return (lead > 0 ? votes.first : votes.second) / (votes.first + votes.second + votes.ties);
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

std::optional<RaterAgreement> rater_agreement(const PreferenceExample& example) {
  if (example.votes.size() < 2 || example.images.size() < 2) return std::nullopt;
  const std::vector<double> means = mean_ranks(example);
  RaterAgreement sum;
  double pairs = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    for (std::size_t j = i + 1; j < means.size(); ++j) {
      const PairVotes votes = count_votes(example, i, j);
      sum.rater_rater += among_raters(votes);
      sum.rater_mean += with_mean(votes, means[j] - means[i]);
      ++pairs;
    }
  }
  return RaterAgreement{sum.rater_rater / pairs, sum.rater_mean / pairs};
}

}  // namespace juror
