#include "bench/ranking.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bench/matchmaking.h"
#include "preference/logistic.h"
#include "preference/ranking_session.h"

namespace juror {
namespace {

constexpr double kTolerance = 0.02;  // of Kendall's τ
constexpr std::size_t kMostPoe = 300;

double tau_of_all(const SimulatedJudge& judge) {
  std::vector<PairReads> reads;
  for (const PairIndex& pair : pairs_in_rounds(judge.size()))
    reads.push_back({pair.first, pair.second, judge.reads(pair)});
  Strengths strengths(judge.size());
  fit(strengths, wins_to_fit(judge.size(), reads, 0), SpreadFit::kAll);
  return kendall_tau(judge.strengths(), strengths.mean);
}

/// Looks at τ from half the images' number on, each time after a twentieth more (above 300 images,
/// a tenth).
void play(const SimulatedJudge& judge, Matchmaker& matchmaker, const RankingBenchCase& about,
          double target, MatchmakerResult& result) {
  std::int64_t compared = 0;
  auto next_look = static_cast<std::int64_t>(judge.size()) / 2;
  std::optional<std::int64_t> needed;
  bool has_seen_budget = false;
  const auto look = [&] {
    const double tau = kendall_tau(judge.strengths(), matchmaker.strengths());
    if (!needed && tau >= target - kTolerance) needed = compared;
    if (compared >= about.budget && !has_seen_budget) {
      result.tau_at_budget += tau;
      has_seen_budget = true;
    }
    next_look =
        std::max(compared + 1, judge.size() > 300 ? compared * 11 / 10 : compared * 21 / 20);
    if (compared < about.budget) next_look = std::min(next_look, about.budget);
  };
  while (compared < about.looked && !(needed && has_seen_budget)) {
    const std::vector<PairIndex> pairs = matchmaker.next();
    if (pairs.empty()) {
      look();
      break;
    }
    for (const PairIndex& pair : pairs) {
      matchmaker.tell({pair.first, pair.second, judge.reads(pair)});
      if (++compared >= next_look) look();
    }
  }
  if (!has_seen_budget)
    result.tau_at_budget += kendall_tau(judge.strengths(), matchmaker.strengths());
  result.needed.push_back(needed);
}

/// A true strength, and what a ranking says of it.
struct Covered {
  double truth = 0, strength = 0, low = 0, high = 0;
};

double log_odds(double p) { return std::log(p / (1 - p)); }

/// How many truths lie inside, as they are and scaled as strengths came out.
void count_inside(const std::vector<Covered>& all, RankingBenchCase& result) {
  double product = 0, square = 0;
  for (const Covered& one : all) {
    product += one.truth * one.strength;
    square += one.truth * one.truth;
  }
  result.slope = product / square;
  const auto is_inside = [](const Covered& one, double truth) {
    return one.low <= truth && truth <= one.high ? 1 : 0;
  };
  for (const Covered& one : all) {
    result.inside += is_inside(one, one.truth);
    result.inside_scaled += is_inside(one, result.slope * one.truth);
  }
  result.strengths = std::ssize(all);
}

/// The session at its budget.
void cover(const SimulatedJudge& judge, std::int64_t seed, std::vector<Covered>& all,
           RankingBenchCase& result) {
  const auto begin = std::chrono::steady_clock::now();
  double reading_s = 0;
  RankingSession session(judge.size(), {.budget = result.budget}, {.seed = seed});
  while (!session.stopped()) {
    for (const PairIndex& pair : session.next(1 << 20)) {
      const auto before = std::chrono::steady_clock::now();
      std::vector<Read> reads = judge.reads(pair);
      reading_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
      session.tell(pair, std::move(reads));
    }
  }
  const Ranking ranking = session.ranking();
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() - reading_s;
  for (std::size_t i = 0; i < judge.size(); ++i) {
    const RankedItem& item = ranking.items[i];
    all.push_back({.truth = judge.strengths()[i],
                   .strength = item.strength,
                   .low = log_odds(item.score_low),
                   .high = log_odds(item.score_high)});
  }
}

}  // namespace

std::vector<SimulatedJudgeOptions> benchmark_judges() {
  return {{.name = "sure, soft", .strength_sd = 3, .concentration = 20},
          {.name = "sure, tosses", .strength_sd = 4, .concentration = 0},
          {.name = "soft", .strength_sd = 1.5, .concentration = 4},
          {.name = "tosses", .strength_sd = 1.5, .concentration = 0},
          {.name = "near coin, soft", .strength_sd = 0.4, .concentration = 20},
          {.name = "near coin, tosses", .strength_sd = 0.4, .concentration = 0},
          {.name = "position bias", .strength_sd = 1.5, .concentration = 4, .position_bias = 1},
          {.name = "ties", .strength_sd = 1.5, .concentration = 4, .tie_below = 0.3},
          {.name = "pairs of their own", .strength_sd = 1.5, .concentration = 4, .pair_sd = 0.7}};
}

RankingBenchCase bench_ranking(const SimulatedJudgeOptions& judge_options,
                               const RankingBenchOptions& options) {
  const auto n = static_cast<std::int64_t>(options.n);
  RankingBenchCase result{
      .judge = judge_options, .n = options.n, .pairs = n * (n - 1) / 2, .matchmakers = {}};
  const auto share = [&](double of_all) {
    return std::max<std::int64_t>(1, std::llround(of_all * static_cast<double>(result.pairs)));
  };
  result.budget = share(options.target_share);
  result.looked = share(options.most_share);
  for (const std::string& name : matchmaker_names()) {
    if (name != "poe" || options.n <= kMostPoe)
      result.matchmakers.push_back({.matchmaker = name, .needed = {}});
  }
  for (std::int64_t world = 0; world < options.worlds; ++world) {
    const auto seed = static_cast<std::uint64_t>(options.seed * 1000 + world);
    const SimulatedJudge judge(judge_options, options.n, seed);
    const double target = tau_of_all(judge);
    result.tau_of_all += target / static_cast<double>(options.worlds);
    for (MatchmakerResult& one : result.matchmakers) {
      const auto matchmaker = make_matchmaker(one.matchmaker, options.n, seed);
      play(judge, *matchmaker, result, target, one);
    }
  }
  std::vector<Covered> covered;
  for (std::int64_t world = 0; world < options.coverage_worlds; ++world) {
    const auto seed = static_cast<std::uint64_t>(options.seed * 1000 + world);
    cover(SimulatedJudge(judge_options, options.n, seed), static_cast<std::int64_t>(seed), covered,
          result);
  }
  count_inside(covered, result);
  for (MatchmakerResult& one : result.matchmakers)
    one.tau_at_budget /= static_cast<double>(options.worlds);
  return result;
}

}  // namespace juror
