#include "preference/reward.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/error.h"

namespace juror {
namespace {

constexpr double kLeastP = 1e-6;  // logarithms and roots of p stay finite

double inside(double p) { return std::clamp(p, kLeastP, 1 - kLeastP); }

int sign(int x) { return (x > 0) - (x < 0); }

}  // namespace

Reward selection_reward(int answer, double share) {
  if (share == 0.5) return {0.5};
  return {(answer == 1) == (share > 0.5) ? 1.0 : 0.0};
}

Reward scoring_reward(double first_score, double second_score, double share, double margin) {
  if (share == 0.5) return {first_score == second_score ? 1.0 : 0.5};
  const double lead = share > 0.5 ? first_score - second_score : second_score - first_score;
  return {margin > 0 ? std::clamp(lead / margin, 0.0, 1.0) : (lead > 0 ? 1.0 : 0.0)};
}

Reward soft_reward(double p, double share) {
  if (share == 0.5) return {0.5};
  return share > 0.5 ? Reward{p, 1} : Reward{1 - p, -1};
}

Reward soft_votes_reward(double p, double share) {
  return {p * share + (1 - p) * (1 - share), 2 * share - 1};
}

Reward brier_reward(double p, double share) {
  return {1 - (p - share) * (p - share), -2 * (p - share)};
}

Reward log_reward(double p, double share, double clip) {
  const double q = inside(p);
  const double entropy = -share * std::log(q) - (1 - share) * std::log(1 - q);
  if (entropy >= clip) return {0};
  return {1 - entropy / clip, (share / q - (1 - share) / (1 - q)) / clip};
}

Reward fidelity_reward(double p, double share) {
  const double q = inside(p);
  return {std::sqrt(q * share) + std::sqrt((1 - q) * (1 - share)),
          0.5 * (std::sqrt(share / q) - std::sqrt((1 - share) / (1 - q)))};
}

Reward flip_reward(double p, double other) {
  const double excess = p + other - 1;
  const double slope = excess == 0 ? 0.0 : (excess > 0 ? -1.0 : 1.0);
  return {1 - std::abs(excess), slope, slope};
}

Reward consensus_reward(double p, double consensus, std::int64_t readable) {
  const double lean = 2 * consensus - 1;  // Σ (2·p_j − 1) / readable: what c moves, of all together
  const double own = (2 * p - 1) / static_cast<double>(readable);
  return {soft_votes_reward(p, consensus).value, lean + own, lean - own};
}

double kendall_reward(std::span<const int> written, std::span<const int> truth) {
  require(written.size() == truth.size() && written.size() >= 2,
          "Kendall's tau of rankings of {} and {} images; two equally long ones of at least 2 are "
          "expected.",
          written.size(), truth.size());
  double concordance = 0, untied_written = 0, untied_truth = 0;
  for (std::size_t i = 0; i < written.size(); ++i) {
    for (std::size_t j = i + 1; j < written.size(); ++j) {
      const int a = sign(written[i] - written[j]), b = sign(truth[i] - truth[j]);
      concordance += a * b;
      untied_written += a * a;
      untied_truth += b * b;
    }
  }
  if (untied_written == 0 || untied_truth == 0) return 0.5;
  return 0.5 * (1 + concordance / std::sqrt(untied_written * untied_truth));
}

Reward best_of_list_reward(std::size_t chosen, std::span<const int> truth) {
  return {truth[chosen] == *std::min_element(truth.begin(), truth.end()) ? 1.0 : 0.0};
}

Reward placed_reward(std::size_t chosen, std::span<const int> truth) {
  const auto better =
      std::count_if(truth.begin(), truth.end(), [&](int rank) { return rank < truth[chosen]; });
  return {1 - static_cast<double>(better) / static_cast<double>(truth.size() - 1)};
}

Reward expected_reward(std::span<const double> chances, std::span<const int> truth,
                       Reward (*reward)(std::size_t chosen, std::span<const int> truth)) {
  double sum = 0;
  for (std::size_t i = 0; i < chances.size(); ++i) sum += chances[i] * reward(i, truth).value;
  return {sum};
}

double length_reward(std::int64_t tokens, std::int64_t limit, std::int64_t buffer) {
  const std::int64_t over = tokens - (limit - buffer);
  if (over <= 0) return 0;
  return buffer == 0 ? -1.0
                     : -std::min(1.0, static_cast<double>(over) / static_cast<double>(buffer));
}

double repetition_reward(std::span<const std::int64_t> token_ids, std::int64_t n) {
  const auto length = static_cast<std::int64_t>(token_ids.size());
  if (length < n) return 0;
  std::set<std::vector<std::int64_t>> distinct;
  for (std::int64_t i = 0; i + n <= length; ++i)
    distinct.emplace(token_ids.begin() + i, token_ids.begin() + i + n);
  return static_cast<double>(distinct.size()) / static_cast<double>(length - n + 1) - 1;
}

}  // namespace juror
