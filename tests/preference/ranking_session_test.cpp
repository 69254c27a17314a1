// Rankings under way, driven by judges whose truth is known.
#include "preference/ranking_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "preference/logistic.h"
#include "preference/student.h"

namespace juror {
namespace {

using Judge = std::function<std::vector<Read>(const PairIndex&)>;

/// `votes` votes in each order of images with these strengths: tosses, or p itself.
Judge judge_of(std::vector<double> strength, int votes = 4, bool tosses = true, double bias = 0) {
  return [=](const PairIndex& pair) {
    Random random{7, pair.first, pair.second};
    std::vector<Read> reads;
    for (int vote = 0; vote < votes; ++vote) {
      for (const bool swapped : {false, true}) {
        const double p =
            logistic(strength[pair.first] - strength[pair.second] + (swapped ? -bias : bias));
        reads.push_back({.p = tosses ? double(random.uniform() < p) : p, .swapped = swapped});
      }
    }
    return reads;
  };
}

/// Four votes in each order: tosses, or means of so many of them.
Judge mean_judge_of(std::vector<double> strength, int tosses, std::uint64_t seed) {
  return [=](const PairIndex& pair) {
    Random random{seed, pair.first, pair.second};
    std::vector<Read> reads;
    for (int vote = 0; vote < 8; ++vote) {
      const double p = logistic(strength[pair.first] - strength[pair.second]);
      double sum = 0;
      for (int toss = 0; toss < tosses; ++toss) sum += random.uniform() < p;
      reads.push_back({.p = sum / tosses, .swapped = vote % 2 == 1});
    }
    return reads;
  };
}

std::vector<double> normal_strengths(std::size_t n, double sd, std::uint64_t seed = 1) {
  Random random{seed};
  std::vector<double> strength(n);
  for (double& one : strength) one = sd * random.normal();
  return strength;
}

/// Asks and tells until nothing more comes; returns the pairs in the order asked.
/// `tokens` are what a comparison takes, `most` what it may.
std::vector<PairIndex> run(RankingSession& session, const Judge& judge, std::int64_t tokens = 0,
                           std::int64_t most = 0) {
  std::vector<PairIndex> asked;
  while (!session.stopped()) {
    const std::vector<PairIndex> pairs = session.next(7, 0, [&](const PairIndex&) { return most; });
    if (pairs.empty()) break;
    for (const PairIndex& pair : pairs) {
      session.tell(pair, judge(pair), tokens);
      asked.push_back(pair);
    }
  }
  return asked;
}

double share_of_right_order(const Ranking& ranking, const std::vector<double>& strength) {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < strength.size(); ++i) {
    for (std::size_t j = i + 1; j < strength.size(); ++j) {
      right +=
          (ranking.items[i].strength > ranking.items[j].strength) == (strength[i] > strength[j]);
      ++all;
    }
  }
  return right / all;
}

TEST(RankingSession, AsksAllPairsOfTenImagesInRounds) {
  RankingSession session(10, {});
  EXPECT_EQ(session.budget(), 45);
  const std::vector<PairIndex> asked = run(session, judge_of(normal_strengths(10, 1)));
  EXPECT_EQ(asked, pairs_in_rounds(10));
  EXPECT_EQ(session.stopped(), StopReason::kAllPairs);
}

TEST(RankingSession, GivesTheRankingOfItsReads) {
  const Judge judge = judge_of(normal_strengths(5, 1));
  RankingSession session(5, {});
  run(session, judge);
  std::vector<PairReads> reads;
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = i + 1; j < 5; ++j) reads.push_back({i, j, judge({i, j})});
  const Ranking all = rank_images(5, reads);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(session.ranking().items[i].strength, all.items[i].strength);
}

TEST(RankingSession, OfNoneOneAndTwoImages) {
  for (const std::size_t n : {0U, 1U}) {
    RankingSession session(n, {});
    EXPECT_EQ(session.stopped(), StopReason::kAllPairs);
    EXPECT_TRUE(session.next(10).empty());
    EXPECT_EQ(session.ranking().items.size(), n);
  }
  RankingSession two(2, {});
  EXPECT_EQ(run(two, judge_of({1, 0})).size(), 1U);
  EXPECT_EQ(two.ranking().order.front(), 0U);
}

TEST(RankingSession, WithABudgetOfNothingLeavesAllInTheMiddle) {
  RankingSession session(20, {.budget = 0});
  EXPECT_EQ(session.stopped(), StopReason::kBudget);
  EXPECT_TRUE(session.next(10).empty());
  const Ranking ranking = session.ranking();
  EXPECT_EQ(ranking.components, 20);
  for (const RankedItem& item : ranking.items) {
    EXPECT_EQ(item.score, 0.5);
    EXPECT_EQ(item.rank, 1);
  }
}

TEST(RankingSession, NeverAsksMoreThanItsBudgetNorAPairTwice) {
  for (const std::int64_t budget : {1, 7, 100, 434, 435, 5000}) {
    RankingSession session(30, {.budget = budget});
    const auto asked = run(session, judge_of(normal_strengths(30, 1)));
    EXPECT_EQ(static_cast<std::int64_t>(asked.size()), std::min<std::int64_t>(budget, 435));
    EXPECT_EQ(std::set(asked.begin(), asked.end()).size(), asked.size());
    EXPECT_EQ(session.stopped(), budget < 435 ? StopReason::kBudget : StopReason::kAllPairs);
  }
}

TEST(RankingSession, BeginsWithEveryImageOnce) {
  RankingSession session(40, {});
  const auto asked = run(session, judge_of(normal_strengths(40, 1)));
  std::set<std::size_t> seen;
  for (std::size_t k = 0; k < 20; ++k) {
    seen.insert(asked[k].first);
    seen.insert(asked[k].second);
  }
  EXPECT_EQ(seen.size(), 40U);
}

TEST(RankingSession, WaitsForTheBatchBeforeTheLastAndAsksTheSameWhoeverIsQuicker) {
  const Judge judge = judge_of(normal_strengths(40, 1));
  RankingSession at_once(40, {}), late(40, {});
  const std::vector<PairIndex> asked = run(at_once, judge);
  std::vector<PairIndex> open, other;
  Random random{3};
  while (!late.stopped() || !open.empty()) {
    const auto pairs = late.next(1000);
    open.insert(open.end(), pairs.begin(), pairs.end());
    other.insert(other.end(), pairs.begin(), pairs.end());
    EXPECT_LE(open.size(), 10U);  // two batches of five
    ASSERT_FALSE(open.empty());
    const std::size_t one = random.below(open.size());
    late.tell(open[one], judge(open[one]));
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(one));
  }
  EXPECT_EQ(asked, other);
}

TEST(RankingSession, OrdersAHundredImagesOfASureJudgeByATenthOfThePairs) {
  const std::vector<double> strength = normal_strengths(100, 4);
  RankingSession session(100, {.budget = 495});
  run(session, judge_of(strength));
  EXPECT_GT(share_of_right_order(session.ranking(), strength), 0.97);
}

TEST(RankingSession, ComparesWhatIsCloseRatherThanWhatIsFar) {
  const std::vector<double> strength = normal_strengths(60, 2);
  RankingSession session(60, {});
  const auto asked = run(session, judge_of(strength));
  double early = 0, late = 0;
  for (std::size_t k = 0; k < 60; ++k) {
    early += std::abs(strength[asked[k].first] - strength[asked[k].second]) / 60;
    const PairIndex& last = asked[asked.size() - 1 - k];
    late += std::abs(strength[last.first] - strength[last.second]) / 60;
  }
  EXPECT_LT(late, 0.6 * early);
}

TEST(RankingSession, FindsThePositionBiasAndTakesItOut) {
  const std::vector<double> strength = normal_strengths(60, 1.5);
  RankingSession session(60, {.budget = 600});
  run(session, judge_of(strength, 4, false, 1.0));
  const Ranking ranking = session.ranking();
  EXPECT_NEAR(ranking.position_bias, 1, 0.05);
  EXPECT_NEAR(ranking.prior_sd, 1.5, 0.3);
  EXPECT_GT(share_of_right_order(ranking, strength), 0.99);
}

TEST(RankingSession, KeepsTheTokenBudget) {
  RankingSession session(30, {.budget_tokens = 1000});
  const auto asked = run(session, judge_of(normal_strengths(30, 1)), 40, 90);
  EXPECT_EQ(session.stopped(), StopReason::kTokens);
  EXPECT_LE(session.tokens(), 1000);
  EXPECT_GT(session.tokens(), 1000 - 90);
  EXPECT_EQ(static_cast<std::int64_t>(asked.size()) * 40, session.tokens());
}

TEST(RankingSession, SetsAsideWhatEachPairMayCostUntilItIsTold) {
  RankingSession session(5, {.budget_tokens = 1000});
  std::int64_t most = 300;
  const PairCost cost = [&](const PairIndex&) { return most; };
  const std::vector<PairIndex> pairs = session.next(10, 0, cost);
  EXPECT_EQ(pairs.size(), 3U);
  session.tell(pairs[0], {}, 40);  // 40 spent, 600 aside: 360 are left
  EXPECT_EQ(session.next(10, 0, cost).size(), 1U);
  most = 60;
  EXPECT_EQ(session.next(10, 0, cost).size(), 1U);
  EXPECT_TRUE(session.next(10, 0, cost).empty());
  EXPECT_FALSE(session.stopped()) << "what is under way may turn out cheaper";
}

TEST(RankingSession, AsksNothingWhenATokenBudgetIsTooSmallForOneComparison) {
  RankingSession session(5, {.budget_tokens = 10});
  EXPECT_TRUE(session.next(10, 0, [](const PairIndex&) { return 90; }).empty());
  EXPECT_EQ(session.stopped(), StopReason::kTokens);
  EXPECT_EQ(session.tokens_of_next(), 90);
}

TEST(RankingSession, AsksNothingWhenTheTimeIsUp) {
  RankingSession session(30, {.budget_seconds = 2});
  EXPECT_EQ(session.next(3, 1.9).size(), 3U);
  EXPECT_TRUE(session.next(3, 2.0).empty());
  EXPECT_EQ(session.stopped(), StopReason::kSeconds);
  EXPECT_EQ(session.missing(), 3U);
}

TEST(RankingSession, StopsWhenTheBestAreToldApart) {
  std::vector<double> strength = normal_strengths(40, 0.3);
  strength[11] = strength[17] = 4;
  RankingSession session(40, {.budget = 780, .stop_top_k = 2});
  const auto asked = run(session, judge_of(strength));
  EXPECT_EQ(session.stopped(), StopReason::kTopK);
  EXPECT_LT(asked.size(), 200U);
  const Ranking ranking = session.ranking();
  EXPECT_EQ(std::set(ranking.order.begin(), ranking.order.begin() + 2),
            (std::set<std::size_t>{11, 17}));
}

TEST(RankingSession, StopsFewImagesTooWhenTheBestAreToldApart) {
  std::vector<double> strength(10, 0.0);
  strength[3] = 5;
  RankingSession session(10, {.stop_top_k = 1});
  const auto asked = run(session, judge_of(strength, 16));
  EXPECT_EQ(session.stopped(), StopReason::kTopK);
  EXPECT_LT(asked.size(), 45U);
}

TEST(RankingSession, StopsWhenEveryIntervalIsNarrowEnough) {
  for (const std::size_t n : {40U, 200U}) {
    RankingSession session(n, {.budget = 100000, .stop_interval_width = 0.25});
    run(session, judge_of(normal_strengths(n, 1), 4, false));
    EXPECT_EQ(session.stopped(), StopReason::kIntervalWidth) << n;
    for (const RankedItem& item : session.ranking().items)
      EXPECT_LE(item.score_high - item.score_low, 0.26) << n;
  }
}

TEST(RankingSession, OfAJudgeWhoAlwaysTiesTellsNothingApart) {
  RankingSession session(30, {});
  run(session, judge_of(std::vector<double>(30, 0.0), 4, false));
  for (const RankedItem& item : session.ranking().items) {
    EXPECT_NEAR(item.score, 0.5, 1e-9);
    EXPECT_EQ(item.rank, 1);
  }
}

TEST(RankingSession, TiesTwoCopiesOfOneImage) {
  std::vector<double> strength = normal_strengths(30, 1.5);
  strength[5] = strength[20];
  RankingSession session(30, {.budget = 300});
  run(session, judge_of(strength));
  const Ranking ranking = session.ranking();
  EXPECT_THAT(ranking.items[5].tied_with, testing::Contains(20));
}

TEST(RankingSession, StaysFiniteWhenOneImageWinsEverythingAndVotesContradictEachOther) {
  RankingSession session(20, {.budget = 190});
  run(session, [](const PairIndex& pair) {  // 0 beats all; the others beat each other in circles
    const std::size_t gap = pair.second - pair.first;
    const double p = pair.first == 0 || gap % 3 == 1 ? 1 : 0;
    return std::vector<Read>{{.p = p, .swapped = false}, {.p = p, .swapped = true}};
  });
  const Ranking ranking = session.ranking();
  EXPECT_GT(ranking.cycles, 0);
  EXPECT_EQ(ranking.order.front(), 0U);
  for (const RankedItem& item : ranking.items) EXPECT_TRUE(std::isfinite(item.strength));
}

TEST(RankingSession, GoesOnWhenPairsCannotBeRead) {
  RankingSession session(20, {.budget = 60});
  const Judge judge = judge_of(normal_strengths(20, 1));
  const auto asked = run(session, [&](const PairIndex& pair) {
    return pair.second % 4 == 0 ? std::vector<Read>{} : judge(pair);
  });
  EXPECT_EQ(asked.size(), 60U);
  EXPECT_LT(session.ranking().comparisons, 60);
}

TEST(RankingSession, OfNothingButUnreadPairsKnowsNothing) {
  RankingSession session(12, {});
  run(session, [](const PairIndex&) { return std::vector<Read>{}; });
  EXPECT_EQ(session.ranking().components, 12);
}

TEST(RankingSession, RefusesWhatItDidNotAskFor) {
  RankingSession session(12, {});
  EXPECT_THROW(session.tell({0, 1}, {}), Error);
  const PairIndex pair = session.next(1).front();
  session.tell(pair, {});
  EXPECT_THROW(session.tell(pair, {}), Error);
  EXPECT_THROW(RankingSession(5, {.stop_top_k = 5}), Error);
}

TEST(RankingSession, TakesSecondsForAThousandImages) {
  const std::vector<double> strength = normal_strengths(1000, 3);
  RankingSession session(1000, {.budget = 9990});
  EXPECT_EQ(run(session, judge_of(strength, 1)).size(), 9990U);
  EXPECT_GT(share_of_right_order(session.ranking(), strength), 0.95);  // a vote an order
}

/// Intervals of a mean 95 % over twenty worlds: of 2,000 strengths 93 to 97 % lie in theirs.
TEST(RankingSession, CoversTrueStrengthsAsOftenAsItsIntervalsSay) {
  double inside = 0, all = 0;
  for (std::uint64_t world = 0; world < 20; ++world) {
    std::vector<double> strength = normal_strengths(100, 1.5, 100 + world);
    double mean = 0;
    for (const double one : strength) mean += one / 100;
    RankingSession session(100, {.budget = 495});
    run(session, judge_of(strength));
    const Ranking ranking = session.ranking();
    for (std::size_t i = 0; i < 100; ++i) {
      const double score = logistic(strength[i] - mean);
      inside += ranking.items[i].score_low <= score && score <= ranking.items[i].score_high;
      ++all;
    }
  }
  EXPECT_GE(inside / all, 0.93);
  EXPECT_LE(inside / all, 0.97);
}

/// The same of ten images, by tosses and by votes that spread a fifth as much.
TEST(RankingSession, CoversTrueStrengthsOfTenImagesToo) {
  for (const int tosses : {1, 5}) {
    double inside = 0, all = 0;
    for (std::uint64_t world = 0; world < 100; ++world) {
      std::vector<double> strength = normal_strengths(10, 1.5, 200 + world);
      double mean = 0;
      for (const double one : strength) mean += one / 10;
      RankingSession session(10, {});
      run(session, mean_judge_of(strength, tosses, world));
      const Ranking ranking = session.ranking();
      for (std::size_t i = 0; i < 10; ++i) {
        const double score = logistic(strength[i] - mean);
        inside += ranking.items[i].score_low <= score && score <= ranking.items[i].score_high;
        ++all;
      }
    }
    EXPECT_GE(inside / all, 0.93) << tosses;
    EXPECT_LE(inside / all, 0.975) << tosses;
  }
}

TEST(DefaultBudget, IsAllPairsOfFewAndATenthOfThoseOfAHundred) {
  EXPECT_EQ(default_budget(0), 0);
  EXPECT_EQ(default_budget(1), 0);
  EXPECT_EQ(default_budget(10), 45);
  EXPECT_EQ(default_budget(11), 45);
  EXPECT_EQ(default_budget(100), 491);
  EXPECT_EQ(default_budget(1000), 7374);
}

/// All pairs of four images: what leans to the first shown is the position's, and the orders of
/// each pair leave nothing over. By that votes would spread 0.5 / 3.5 or less.
double dispersion_of(const std::vector<double>& votes) {
  std::vector<PairReads> reads;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = i + 1; j < 4; ++j) {
      reads.push_back({i, j, {}});
      for (const double p : votes) reads.back().reads.push_back({p, false});
      for (const double p : votes) reads.back().reads.push_back({1 - p, true});
    }
  }
  Strengths strengths(4);
  fit(strengths, wins_to_fit(4, reads, 0), SpreadFit::kAll);
  return strengths.dispersion;
}

TEST(Strengths, VotesSpreadNoLessThanTheirSoftnessSays) {
  EXPECT_NEAR(dispersion_of({1, 1, 1, 0}), 1, 1e-9) << "tosses of a coin";
  // 0.8 and 0.3 have (0.16 + 0.21) / 2 where coins of 0.55 have 0.2475, of 0.5 have 0.25
  EXPECT_GT(dispersion_of({0.8, 0.3}), 1 - 0.185 / 0.2475 - 1e-6);
  EXPECT_LT(dispersion_of({0.8, 0.3}), 1 - 0.185 / 0.25);
  EXPECT_LT(dispersion_of({0.7, 0.69}), 0.2);
}

TEST(Strengths, OfThreeImagesHaveAFixedSpread) {
  EXPECT_FALSE(fits_spread(3, 0));
  EXPECT_TRUE(fits_spread(4, 0));
  EXPECT_FALSE(fits_spread(4, 1.5));
}

TEST(Student, IsAsWideAsTablesSay) {  // scipy.stats.t.ppf(0.975, v)
  EXPECT_NEAR(student95(3), 3.1824, 0.025);
  EXPECT_NEAR(student95(5), 2.5706, 0.003);
  EXPECT_NEAR(student95(10), 2.2281, 2e-4);
  EXPECT_NEAR(student95(30), 2.0423, 1e-4);
  EXPECT_NEAR(student95(1e9), kNormal95, 1e-8);
  EXPECT_EQ(student95(1), student95(3));
}

TEST(RankingFit, IsWiderThanItsCurvatureByStudentsT) {
  std::vector<PairReads> reads;
  const Judge judge = judge_of(normal_strengths(6, 1.5));
  for (const PairIndex& pair : pairs_in_rounds(6))
    reads.push_back({pair.first, pair.second, judge(pair)});
  const RankingFit fitted = fit_ranking(6, reads, 0);
  const Strengths& strengths = fitted.strengths;
  EXPECT_GT(strengths.freedom, 15 - 6);  // pairs without the strengths that they decide
  EXPECT_LT(strengths.freedom, 15.5);
  const BradleyTerryFit curvature = fit_bradley_terry(
      6, weighted(wins_to_fit(6, reads, 0), strengths.dispersion), strengths.prior_sd,
      {.strength = strengths.mean, .position_bias = strengths.position_bias});
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_NEAR(fitted.sd[i] / curvature.sd[i], student95(strengths.freedom) / kNormal95, 1e-9);
}

/// Of 190 pairs of 20 images every fourth deviates from even by a coin's standard deviation, this
/// way or that; the others are exactly even.
TEST(Strengths, VotesThatAreExactlyEvenDoNotSayThatTheOthersHaveNoSpread) {
  std::vector<PairWins> pairs;
  Random random{7};
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = i + 1; j < 20; ++j) {
      const double off = pairs.size() % 4 == 0 ? std::sqrt(2.0) : 0;
      const double wins = 4 + (random.below(2) == 0 ? off : -off);
      pairs.push_back({i, j, wins, 8, 0, wins * (1 - wins / 8)});
    }
  }
  Strengths strengths(20);
  fit(strengths, pairs, SpreadFit::kAll);
  EXPECT_GT(strengths.dispersion, 0.7);  // 0.27 over all pairs alike
  EXPECT_LE(strengths.dispersion, 1);
}

/// The same of ten images, where five pairs of 45 are not even.
TEST(Strengths, AreAsFreeAsThePairsThatTheirSpreadComesFrom) {
  std::vector<PairWins> pairs;
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t j = i + 1; j < 10; ++j) {
      const double wins = pairs.size() % 9 == 0 ? 4 + std::sqrt(2.0) : 4;
      pairs.push_back({i, j, wins, 8, 0, wins * (1 - wins / 8)});
    }
  }
  Strengths strengths(10);
  fit(strengths, pairs, SpreadFit::kAll);
  EXPECT_GT(strengths.dispersion, 0.5);  // 0.15 over all pairs alike
  EXPECT_LE(strengths.freedom, 5.5);
  EXPECT_GT(strengths.freedom, 3);
}

}  // namespace
}  // namespace juror
