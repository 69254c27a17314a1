#include "preference/ranking.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "preference/agreement.h"
#include "preference/bradley_terry.h"
#include "preference/logistic.h"
#include "preference/student.h"

namespace juror {
namespace {

std::vector<PairWins> wins_of_all(std::span<const PairReads> pairs) {
  std::vector<PairWins> wins;
  wins.reserve(pairs.size());
  for (const PairReads& pair : pairs) wins.push_back(wins_of(pair));
  return wins;
}

bool are_alike(std::span<const Read> reads) {
  return std::all_of(reads.begin(), reads.end(), [&](const Read& r) { return r.p == reads[0].p; });
}

/// One vote, or equal ones, say nothing of how votes spread: they are redrawn as so many tosses of
/// a coin, whose chance is pulled to even by half a toss for each side (Jeffreys' prior), so that p
/// = 0 and p = 1 have a width too.
std::vector<Read> toss(std::span<const Read> alike, Random& random) {
  const auto count = static_cast<double>(alike.size());
  const double chance = (count * alike[0].p + 0.5) / (count + 1);
  std::vector<Read> drawn(alike.begin(), alike.end());
  for (Read& read : drawn) read.p = random.uniform() < chance ? 1.0 : 0.0;
  return drawn;
}

/// As many reads as `pair` has, drawn from it with replacement, each order by itself.
PairReads resample(const PairReads& pair, Random& random) {
  PairReads drawn{.first = pair.first, .second = pair.second, .reads = {}};
  for (const bool swapped : {false, true}) {
    std::vector<Read> pool;
    std::copy_if(pair.reads.begin(), pair.reads.end(), std::back_inserter(pool),
                 [&](const Read& read) { return read.swapped == swapped; });
    if (pool.empty()) continue;
    std::vector<Read> redrawn = pool;
    if (are_alike(pool))
      redrawn = toss(pool, random);
    else
      for (Read& read : redrawn) read = pool[random.below(pool.size())];
    drawn.reads.insert(drawn.reads.end(), redrawn.begin(), redrawn.end());
  }
  return drawn;
}

/// 95 % intervals of strengths from the curvature of the fit.
std::vector<Interval> analytic_intervals(const RankingFit& fit) {
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i < fit.sd.size(); ++i) {
    intervals.push_back({.low = fit.strengths.mean[i] - kNormal95 * fit.sd[i],
                         .high = fit.strengths.mean[i] + kNormal95 * fit.sd[i]});
  }
  return intervals;
}

/// `fitted`: of the reads as they came; its spread is each replicate's too.
std::vector<Interval> bootstrap_intervals(const Strengths& fitted, std::span<const PairReads> pairs,
                                          const RankingOptions& options) {
  const std::size_t n = fitted.mean.size();
  std::vector<std::vector<double>> samples(n);
  for (std::int64_t replicate = 0; replicate < options.bootstrap_replicates; ++replicate) {
    Random random{static_cast<std::uint64_t>(options.seed), static_cast<std::uint64_t>(replicate)};
    std::vector<PairReads> redrawn;
    for (const PairReads& pair : pairs) redrawn.push_back(resample(pair, random));
    Strengths drawn = fitted;
    fit(drawn, wins_to_fit(n, redrawn, options.prior_sd), SpreadFit::kNone);
    for (std::size_t i = 0; i < n; ++i) samples[i].push_back(drawn.mean[i]);
  }
  std::vector<Interval> intervals;
  for (std::vector<double>& values : samples)
    intervals.push_back(percentile_interval(std::move(values)));
  return intervals;
}

/// beats[i·n + j]: 1 if image i is ahead of j by their mean p, −1 behind, 0 even or unread.
std::vector<int> decisions(std::size_t n, std::span<const PairWins> wins) {
  std::vector<double> surplus(n * n, 0.0);
  for (const PairWins& pair : wins) {
    surplus[pair.first * n + pair.second] += pair.wins - pair.count / 2;
    surplus[pair.second * n + pair.first] -= pair.wins - pair.count / 2;
  }
  std::vector<int> beats;
  for (const double value : surplus)
    beats.push_back(std::abs(value) < 1e-9 ? 0 : (value > 0 ? 1 : -1));
  return beats;
}

std::int64_t circular_triads(std::size_t n, const std::vector<int>& beats) {
  std::int64_t count = 0;
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = a + 1; b < n; ++b) {
      const int ab = beats[a * n + b];
      if (ab == 0) continue;
      for (std::size_t c = b + 1; c < n; ++c) {
        if (beats[b * n + c] == ab && beats[c * n + a] == ab) ++count;
      }
    }
  }
  return count;
}

/// Arena rule: 1 + items whose lower bound lies above this one's upper bound.
std::int64_t arena_rank(const RankedItem& item, std::span<const RankedItem> items) {
  return 1 + std::count_if(items.begin(), items.end(), [&](const RankedItem& other) {
           return other.score_low > item.score_high;
         });
}

/// Images whose intervals overlap this one's, best first.
std::vector<std::size_t> not_told_apart(const RankedItem& item, const Ranking& ranking) {
  std::vector<std::size_t> others;
  for (const std::size_t other : ranking.order) {
    const RankedItem& it = ranking.items[other];
    if (other != item.image && it.score_low <= item.score_high && item.score_low <= it.score_high)
      others.push_back(other);
  }
  return others;
}

void count_comparisons(std::span<const PairWins> wins, Ranking& ranking) {
  for (const PairWins& pair : wins) {
    if (pair.count == 0) continue;
    ++ranking.comparisons;
    ++ranking.items[pair.first].comparisons;
    ++ranking.items[pair.second].comparisons;
    ranking.reads += static_cast<std::int64_t>(pair.count);
  }
}

std::vector<std::size_t> best_first(std::span<const RankedItem> items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return items[a].strength > items[b].strength;
  });
  return order;
}

/// Groups of images joined by pairs that were read.
std::int64_t count_components(std::size_t n, std::span<const PairWins> wins) {
  std::vector<std::size_t> parent(n);
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  auto components = static_cast<std::int64_t>(n);
  for (const PairWins& pair : wins) {
    const std::size_t a = root(pair.first), b = root(pair.second);
    if (pair.count == 0 || a == b) continue;
    parent[a] = b;
    --components;
  }
  return components;
}

}  // namespace

PairWins wins_of(const PairReads& pair) {
  const double count = static_cast<double>(pair.reads.size());
  const double wins = count > 0 ? count * order_balanced_mean(pair.reads) : 0;
  return {.first = pair.first,
          .second = pair.second,
          .wins = std::clamp(wins, 0.0, count),
          .count = count};
}

bool fits_spread(std::size_t n, double prior_sd) {
  return n >= kFewestToFitSpread && prior_sd == 0;
}

std::vector<PairWins> wins_to_fit(std::size_t n, std::span<const PairReads> pairs,
                                  double prior_sd) {
  if (!fits_spread(n, prior_sd)) return wins_of_all(pairs);
  std::vector<PairWins> wins;
  for (const PairReads& pair : pairs) {
    for (const bool swapped : {false, true}) {
      PairWins one{.first = pair.first, .second = pair.second, .order = swapped ? -1.0 : 1.0};
      for (const Read& read : pair.reads) {
        if (read.swapped != swapped) continue;
        one.wins += read.p;
        one.count += 1;
        one.softness += read.p * (1 - read.p);
      }
      one.wins = std::min(one.wins, one.count);
      if (one.count > 0) wins.push_back(one);
    }
  }
  return wins;
}

RankingFit fit_ranking(std::size_t n, std::span<const PairReads> pairs, double prior_sd,
                       std::span<const ListReads> lists) {
  RankingFit fitted{.strengths = Strengths(n, prior_sd > 0 ? prior_sd : kUsualPriorSd), .sd = {}};
  Strengths& strengths = fitted.strengths;
  const std::vector<PairWins> wins = wins_to_fit(n, pairs, prior_sd);
  const std::vector<SoftChoice> choices = choices_of(lists);
  if (fits_spread(n, prior_sd)) fit(strengths, wins, SpreadFit::kAll, choices);
  BradleyTerryFit exact =
      fit_bradley_terry(n, weighted(wins, strengths.dispersion), strengths.prior_sd,
                        {.strength = strengths.mean, .position_bias = strengths.position_bias},
                        weighted(choices, strengths.dispersion));
  strengths.mean = std::move(exact.strength);
  fitted.sd = std::move(exact.sd);
  if (strengths.freedom > 0)
    for (double& sd : fitted.sd) sd *= student95(strengths.freedom) / kNormal95;
  return fitted;
}

Ranking rank_images(std::size_t n, std::span<const PairReads> pairs, const RankingOptions& options,
                    std::span<const ListReads> lists) {
  require(
      lists.empty() || options.bootstrap_replicates == 0,
      "Lists have intervals from the curvature of the fit alone: leave bootstrap_replicates 0.");
  std::vector<PairWins> wins = wins_of_all(pairs);
  const std::vector<PairWins> listed = wins_of_lists(lists);
  wins.insert(wins.end(), listed.begin(), listed.end());
  const RankingFit fitted = fit_ranking(n, pairs, options.prior_sd, lists);
  const std::vector<double>& strength = fitted.strengths.mean;
  const std::vector<Interval> intervals =
      options.bootstrap_replicates > 0 ? bootstrap_intervals(fitted.strengths, pairs, options)
                                       : analytic_intervals(fitted);
  Ranking ranking;
  ranking.prior_sd = fitted.strengths.prior_sd;
  ranking.dispersion = fitted.strengths.dispersion;
  ranking.position_bias = fitted.strengths.position_bias;
  ranking.components = count_components(n, wins);
  for (std::size_t i = 0; i < n; ++i) {
    RankedItem item{.image = i, .score = logistic(strength[i]), .strength = strength[i]};
    if (n > 1) {
      item.score_low = logistic(intervals[i].low);
      item.score_high = logistic(intervals[i].high);
    }
    ranking.items.push_back(item);
  }
  for (RankedItem& item : ranking.items) item.rank = arena_rank(item, ranking.items);
  count_comparisons(wins, ranking);
  ranking.order = best_first(ranking.items);
  for (std::size_t place = 0; place < n; ++place)
    ranking.items[ranking.order[place]].position = static_cast<std::int64_t>(place) + 1;
  for (RankedItem& item : ranking.items) item.tied_with = not_told_apart(item, ranking);
  ranking.cycles = circular_triads(n, decisions(n, wins));
  return ranking;
}

}  // namespace juror
