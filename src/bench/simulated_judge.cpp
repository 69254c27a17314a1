#include "bench/simulated_judge.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "preference/logistic.h"

namespace juror {
namespace {

/// Marsaglia and Tsang 2000; a shape below 1 by their boost.
double gamma(double shape, Random& random) {
  if (shape < 1) return gamma(shape + 1, random) * std::pow(random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = random.normal(), v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

/// A vote whose mean is `mean`.
double draw_vote(double mean, double concentration, Random& random) {
  if (concentration <= 0) return random.uniform() < mean ? 1.0 : 0.0;
  const double wins = gamma(mean * concentration, random),
               losses = gamma((1 - mean) * concentration, random);
  return wins + losses > 0 ? wins / (wins + losses) : (random.uniform() < mean ? 1.0 : 0.0);
}

/// Inversions of `values` against ascending order, by merge sort; equal ones are none.
std::int64_t inversions(std::vector<double>& values, std::vector<double>& spare, std::size_t begin,
                        std::size_t end) {
  if (end - begin < 2) return 0;
  const std::size_t middle = (begin + end) / 2;
  std::int64_t count =
      inversions(values, spare, begin, middle) + inversions(values, spare, middle, end);
  std::size_t left = begin, right = middle, out = begin;
  while (left < middle || right < end) {
    if (right == end || (left < middle && values[left] <= values[right])) {
      spare[out++] = values[left++];
    } else {
      count += static_cast<std::int64_t>(middle - left);
      spare[out++] = values[right++];
    }
  }
  std::copy(spare.begin() + static_cast<std::ptrdiff_t>(begin),
            spare.begin() + static_cast<std::ptrdiff_t>(end),
            values.begin() + static_cast<std::ptrdiff_t>(begin));
  return count;
}

std::int64_t even_pairs(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::int64_t count = 0, run = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    run = values[i] == values[i - 1] ? run + 1 : 0;
    count += run;
  }
  return count;
}

}  // namespace

SimulatedJudge::SimulatedJudge(SimulatedJudgeOptions options, std::size_t n, std::uint64_t seed)
    : options_(std::move(options)), seed_(seed), strengths_(n) {
  Random random{seed, 1};
  for (double& strength : strengths_) strength = options_.strength_sd * random.normal();
  const double mean =
      std::accumulate(strengths_.begin(), strengths_.end(), 0.0) / static_cast<double>(n);
  for (double& strength : strengths_) strength -= mean;
}

std::vector<Read> SimulatedJudge::reads(const PairIndex& pair) const {
  Random random{seed_, 2, pair.first, pair.second};
  const double gap =
      strengths_.at(pair.first) - strengths_.at(pair.second) + options_.pair_sd * random.normal();
  std::vector<Read> reads;
  for (std::int64_t vote = 0; vote < options_.votes; ++vote) {
    for (const bool swapped : {false, true}) {
      const double mean = logistic(gap + (swapped ? -1 : 1) * options_.position_bias);
      const bool is_tie = std::abs(gap) < options_.tie_below;
      reads.push_back({.p = is_tie ? 0.5 : draw_vote(mean, options_.concentration, random),
                       .swapped = swapped});
    }
  }
  return reads;
}

std::vector<ListRead> SimulatedJudge::list_reads(const std::vector<std::size_t>& list) const {
  std::uint64_t name = 0;
  for (const std::size_t image : list) name = name * 1000003 + image + 1;
  Random random{seed_, 5, name};
  const SoftChoice whole{.images = list, .wins = {}};
  const std::vector<double> chances = whole.chances(strengths_);
  std::vector<ListRead> reads;
  for (std::int64_t vote = 0; vote < 2 * options_.votes; ++vote) {
    ListRead read{.ranking = std::vector<std::size_t>(list.size()), .first = {}};
    std::iota(read.ranking.begin(), read.ranking.end(), std::size_t{0});
    std::vector<double> drawn;  // the largest of strengths with Gumbel noise is a draw by chances
    for (const std::size_t image : list)
      drawn.push_back(strengths_.at(image) - std::log(-std::log(random.uniform())));
    std::sort(read.ranking.begin(), read.ranking.end(),
              [&](std::size_t a, std::size_t b) { return drawn[a] > drawn[b]; });
    double mass = 0;
    for (const double chance : chances) {
      if (options_.concentration <= 0) break;
      read.first.push_back(gamma(chance * options_.concentration, random) + 1e-300);
      mass += read.first.back();
    }
    for (double& p : read.first) p /= mass;
    reads.push_back(std::move(read));
  }
  return reads;
}

double kendall_tau(const std::vector<double>& truth, const std::vector<double>& estimate) {
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return truth[a] < truth[b]; });
  std::vector<double> values, spare(truth.size());
  for (const std::size_t i : order) values.push_back(estimate[i]);
  const double pairs =
      0.5 * static_cast<double>(truth.size()) * static_cast<double>(truth.size() - 1);
  const auto even = static_cast<double>(even_pairs(values));
  const auto discordant = static_cast<double>(inversions(values, spare, 0, values.size()));
  return pairs > 0 ? (pairs - even - 2 * discordant) / pairs : 1;
}

}  // namespace juror
