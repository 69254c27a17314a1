#include "preference/pair_choice.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <queue>

#include "base/random.h"
#include "preference/logistic.h"

namespace juror {
namespace {

constexpr std::size_t kAllNeighbours = 150;  // images, up to which all pairs are looked at
constexpr std::size_t kNeighbours = 64;

/// Images by strength, the best first; equals in an order drawn by the seed.
std::vector<std::size_t> in_order(const Strengths& strengths, std::uint64_t seed) {
  std::vector<std::size_t> order(strengths.mean.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random{seed, 0x5157};
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return strengths.mean[a] > strengths.mean[b];
  });
  return order;
}

class Choice {
 public:
  Choice(const Strengths& strengths, const std::vector<std::size_t>& order,
         const PairChoiceOptions& options)
      : mean_(strengths.mean),
        variance_(strengths.variance),
        reads_(options.reads_a_pair / strengths.dispersion),
        openness_(openness(order, options.top_k)) {}

  double promise(const PairIndex& pair) const {
    const double variance = variance_[pair.first] + variance_[pair.second];
    const double gain = 0.5 * std::log1p(information(pair) * variance);
    return gain * (openness_[pair.first] + openness_[pair.second]);
  }

  /// As if the pair had been read.
  void take(const PairIndex& pair) {
    const double weight = information(pair);
    const double left = 1 + weight * (variance_[pair.first] + variance_[pair.second]);
    for (const std::size_t i : {pair.first, pair.second})
      variance_[i] -= variance_[i] * variance_[i] * weight / left;
  }

 private:
  double information(const PairIndex& pair) const {
    const double variance = variance_[pair.first] + variance_[pair.second];
    const double shrink = 1 / std::sqrt(1 + std::numbers::pi * variance / 8);
    const double p = logistic(shrink * (mean_[pair.first] - mean_[pair.second]));
    return reads_ * shrink * p * (1 - p);
  }

  /// How open it is whether each image is one of the best k: 4·q·(1−q), and a little for all.
  std::vector<double> openness(const std::vector<std::size_t>& order, std::int64_t top_k) const {
    const auto k = static_cast<std::size_t>(top_k);
    if (k == 0 || k >= order.size()) return std::vector<double>(order.size(), 1.0);
    const double border = (mean_[order[k - 1]] + mean_[order[k]]) / 2;
    std::vector<double> open;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const double q = std::erfc((mean_[i] - border) / std::sqrt(2 * variance_[i])) / 2;
      open.push_back(0.01 + 4 * q * (1 - q));
    }
    return open;
  }

  const std::vector<double>& mean_;
  std::vector<double> variance_;
  double reads_;
  std::vector<double> openness_;
};

struct Candidate {
  double promise;
  std::size_t place;  ///< decides between equals
  PairIndex pair;
  bool operator<(const Candidate& other) const {
    return promise != other.promise ? promise < other.promise : place > other.place;
  }
};

std::vector<Candidate> candidates(const std::vector<std::size_t>& order, const AskedPairs& asked,
                                  const Choice& choice) {
  const std::size_t n = order.size(), reach = n <= kAllNeighbours ? n : kNeighbours;
  std::vector<Candidate> all;
  for (std::size_t distance = 1; distance <= std::min(reach, n - 1); ++distance) {
    for (std::size_t a = 0; a + distance < n; ++a) {
      const PairIndex pair{std::min(order[a], order[a + distance]),
                           std::max(order[a], order[a + distance])};
      if (!asked.contains(pair.first, pair.second))
        all.push_back({choice.promise(pair), all.size(), pair});
    }
  }
  return all;
}

}  // namespace

std::vector<PairIndex> choose_pairs(const Strengths& strengths, const AskedPairs& asked,
                                    std::span<const PairIndex> pending,
                                    const PairChoiceOptions& options) {
  if (strengths.mean.size() < 2) return {};
  const std::vector<std::size_t> order = in_order(strengths, options.seed);
  Choice choice(strengths, order, options);
  for (const PairIndex& pair : pending) choice.take(pair);
  std::priority_queue<Candidate> queue({}, candidates(order, asked, choice));
  std::vector<PairIndex> chosen;
  while (!queue.empty() && chosen.size() < options.count) {
    Candidate best = queue.top();
    queue.pop();
    const double now = choice.promise(best.pair);  // what was chosen since has lowered it
    if (!queue.empty() && now < queue.top().promise) {
      best.promise = now;
      queue.push(best);
      continue;
    }
    choice.take(best.pair);
    chosen.push_back(best.pair);
  }
  return chosen;
}

}  // namespace juror
