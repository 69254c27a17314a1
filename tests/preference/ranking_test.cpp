#include "preference/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "preference/bradley_terry.h"

namespace juror {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

PairReads pair(std::size_t first, std::size_t second, const std::vector<double>& p) {
  PairReads reads{.first = first, .second = second, .reads = {}};
  for (std::size_t k = 0; k < p.size(); ++k)
    reads.reads.push_back({.p = p[k], .swapped = k % 2 == 1});
  return reads;
}

// References: numpy Newton iterations on -t/sd² + Σ (w - c σ(ti - tj)), checked against
// scipy.optimize BFGS on the same log density; sd = sqrt(diag(P H⁻¹ P)) with P = I - 11ᵀ/n.
TEST(BradleyTerry, EqualsTheReferenceFit) {
  const std::vector<PairWins> pairs = {
      {0, 1, 7.2, 8}, {0, 2, 5.5, 8}, {1, 2, 3.1, 8}, {2, 3, 6.4, 10}, {0, 3, 9.0, 10}};
  const BradleyTerryFit fit = fit_bradley_terry(4, pairs, 1.5);
  EXPECT_THAT(
      fit.strength,
      ElementsAre(DoubleNear(1.120462903607071, 1e-9), DoubleNear(-0.540522593584937, 1e-9),
                  DoubleNear(0.043970963656602, 1e-9), DoubleNear(-0.623911273678736, 1e-9)));
  EXPECT_THAT(fit.sd,
              ElementsAre(DoubleNear(0.367143827276318, 1e-9), DoubleNear(0.433063636542362, 1e-9),
                          DoubleNear(0.309354797678847, 1e-9), DoubleNear(0.40490396963722, 1e-9)));
}

TEST(BradleyTerry, StaysFiniteWhenOneImageWinsAllAndAnotherWasNeverSeen) {
  const std::vector<PairWins> pairs = {{0, 1, 16, 16}};
  const BradleyTerryFit fit = fit_bradley_terry(3, pairs, 1.5);
  EXPECT_NEAR(fit.strength[0], 1.550468969194299, 1e-9);
  EXPECT_NEAR(fit.strength[1], -1.550468969194299, 1e-9);
  EXPECT_NEAR(fit.strength[2], 0, 1e-12);
  EXPECT_NEAR(fit.sd[2], 1.224744871391589, 1e-9);  // the prior's 1.5·sqrt(1 − 1/3)
}

/// With a wide prior a single pair's fit is its log odds, and the variance of the gap is 1 / (n p
/// (1 − p)).
TEST(BradleyTerry, OfOnePairAndAWidePriorIsTheLogOdds) {
  const std::vector<PairWins> pairs = {{0, 1, 15, 20}};
  const BradleyTerryFit fit = fit_bradley_terry(2, pairs, 1e3);
  EXPECT_NEAR(fit.strength[0] - fit.strength[1], std::log(3.0), 1e-5);
  EXPECT_NEAR(2 * fit.sd[0], 1 / std::sqrt(20 * 0.75 * 0.25), 1e-5);
}

TEST(BradleyTerry, ConvergesForExtremeCounts) {
  const std::vector<PairWins> pairs = {{0, 1, 1e6, 1e6}, {1, 2, 1e6, 1e6}, {0, 2, 1e6, 1e6}};
  const BradleyTerryFit fit = fit_bradley_terry(3, pairs, 10);
  EXPECT_GT(fit.strength[0], fit.strength[1] + 5);
  EXPECT_NEAR(fit.strength[0] + fit.strength[1] + fit.strength[2], 0, 1e-6);
}

TEST(BradleyTerry, RefusesImpossibleNumbers) {
  EXPECT_THROW(fit_bradley_terry(2, std::vector<PairWins>{{0, 2, 1, 1}}, 1), Error);
  EXPECT_THROW(fit_bradley_terry(2, std::vector<PairWins>{{1, 1, 1, 1}}, 1), Error);
  EXPECT_THROW(fit_bradley_terry(2, std::vector<PairWins>{{0, 1, 2, 1}}, 1), Error);
  EXPECT_THROW(fit_bradley_terry(2, {}, 0), Error);
  EXPECT_THROW(fit_bradley_terry(2, std::vector<PairWins>{{0, 1, std::nan(""), 1}}, 1), Error);
}

TEST(RankImages, ScoresAreWinProbabilitiesAgainstTheAverageImage) {
  const Ranking ranking = rank_images(2, std::vector<PairReads>{pair(0, 1, {0.9, 0.9, 0.9, 0.9})});
  EXPECT_GT(ranking.items[0].score, 0.5);
  EXPECT_NEAR(ranking.items[0].score + ranking.items[1].score, 1, 1e-12);
  EXPECT_NEAR(ranking.items[0].score, 1 / (1 + std::exp(-ranking.items[0].strength)), 1e-15);
  EXPECT_NEAR(ranking.items[0].score_low + ranking.items[1].score_high, 1, 1e-12);
  EXPECT_EQ(ranking.comparisons, 1);
  EXPECT_EQ(ranking.reads, 4);
}

TEST(RankImages, GivesRanksByTheArenaRule) {
  // Image 2 beats both others by far; 0 and 1 are even: they share rank 2.
  const std::vector<double> clear(16, 0.98);
  const std::vector<double> even(16, 0.5);
  const Ranking ranking = rank_images(
      3, std::vector<PairReads>{pair(2, 0, clear), pair(2, 1, clear), pair(0, 1, even)});
  EXPECT_EQ(ranking.items[2].rank, 1);
  EXPECT_EQ(ranking.items[0].rank, 2);
  EXPECT_EQ(ranking.items[1].rank, 2);
  EXPECT_THAT(ranking.order, ElementsAre(2, 0, 1));
}

TEST(RankImages, DoesNotSeparateWhatOneVoteSays) {
  const Ranking ranking = rank_images(2, std::vector<PairReads>{pair(0, 1, {0.9})});
  EXPECT_EQ(ranking.items[1].rank, 1);
  EXPECT_THAT(ranking.order, ElementsAre(0, 1));
}

TEST(RankImages, SeparatesTwoImagesAfterSixteenClearVotes) {
  const Ranking ranking =
      rank_images(2, std::vector<PairReads>{pair(0, 1, std::vector<double>(16, 0.99))});
  EXPECT_EQ(ranking.items[0].rank, 1);
  EXPECT_EQ(ranking.items[1].rank, 2);
}

TEST(RankImages, LeavesAnUnreadImageInTheMiddleWithAWideInterval) {
  const std::vector<PairReads> pairs = {pair(0, 1, std::vector<double>(16, 0.95)), pair(0, 2, {}),
                                        pair(1, 2, {})};
  const Ranking ranking = rank_images(3, pairs);
  EXPECT_THAT(ranking.order, ElementsAre(0, 2, 1));
  EXPECT_EQ(ranking.items[2].comparisons, 0);
  EXPECT_EQ(ranking.items[0].comparisons, 1);
  EXPECT_NEAR(ranking.items[2].score, 0.5, 1e-9);
  EXPECT_LT(ranking.items[2].score_low, 0.1);
  EXPECT_GT(ranking.items[2].score_high, 0.9);
}

TEST(RankImages, CountsCircularTriads) {
  EXPECT_EQ(rank_images(
                3, std::vector<PairReads>{pair(0, 1, {0.9}), pair(1, 2, {0.9}), pair(2, 0, {0.9})})
                .cycles,
            1);
  EXPECT_EQ(rank_images(
                3, std::vector<PairReads>{pair(0, 1, {0.9}), pair(1, 2, {0.9}), pair(0, 2, {0.9})})
                .cycles,
            0);
  EXPECT_EQ(rank_images(
                3, std::vector<PairReads>{pair(0, 1, {0.9}), pair(1, 2, {0.9}), pair(2, 0, {0.5})})
                .cycles,
            0);
  EXPECT_EQ(rank_images(3, std::vector<PairReads>{pair(0, 1, {0.9}), pair(1, 2, {0.9})}).cycles, 0);
}

TEST(RankImages, OfOneImageKnowsNothing) {
  const Ranking ranking = rank_images(1, {});
  EXPECT_EQ(ranking.items[0].rank, 1);
  EXPECT_EQ(ranking.items[0].score, 0.5);
  EXPECT_EQ(ranking.items[0].score_low, 0);
  EXPECT_EQ(ranking.items[0].score_high, 1);
  EXPECT_TRUE(rank_images(0, {}).items.empty());
}

/// All pairs of `n` images with reads drawn around σ of the difference of random strengths.
std::vector<PairReads> random_pairs(std::size_t n, std::uint64_t seed) {
  Random random{seed};
  std::vector<double> strength(n);
  for (double& s : strength) s = 1.5 * random.normal();
  std::vector<PairReads> pairs;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      std::vector<double> p(6);
      for (double& one : p) one = 1 / (1 + std::exp(strength[j] - strength[i] + random.normal()));
      pairs.push_back(pair(i, j, p));
    }
  }
  return pairs;
}

TEST(RankImages, PermutingImagesPermutesTheRanking) {
  const std::vector<PairReads> pairs = random_pairs(6, 3);
  const std::vector<std::size_t> to = {4, 0, 5, 2, 1, 3};
  std::vector<PairReads> renamed = pairs;
  for (PairReads& one : renamed)
    one = {.first = to[one.first], .second = to[one.second], .reads = one.reads};
  const Ranking before = rank_images(6, pairs);
  const Ranking after = rank_images(6, renamed);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(after.order[i], to[before.order[i]]);
    EXPECT_EQ(after.items[to[i]].rank, before.items[i].rank);
    EXPECT_NEAR(after.items[to[i]].score, before.items[i].score, 1e-9);
    EXPECT_NEAR(after.items[to[i]].score_low, before.items[i].score_low, 1e-9);
  }
  EXPECT_EQ(after.cycles, before.cycles);
}

TEST(RankImages, SwappingThePairsChangesNothing) {
  const std::vector<PairReads> pairs = random_pairs(5, 4);
  std::vector<PairReads> swapped = pairs;
  for (PairReads& one : swapped) {
    std::swap(one.first, one.second);
    for (Read& read : one.reads) read = {.p = 1 - read.p, .swapped = !read.swapped};
  }
  const Ranking a = rank_images(5, pairs);
  const Ranking b = rank_images(5, swapped);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(a.items[i].strength, b.items[i].strength, 1e-9);
}

TEST(RankImages, BootstrapIsSeededAndHoldsTheFit) {
  const std::vector<PairReads> pairs = random_pairs(5, 5);
  const RankingOptions options{.bootstrap_replicates = 200, .seed = 9};
  const Ranking once = rank_images(5, pairs, options);
  const Ranking again = rank_images(5, pairs, options);
  const Ranking other = rank_images(5, pairs, {.bootstrap_replicates = 200, .seed = 10});
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(once.items[i].score_low, again.items[i].score_low);
    EXPECT_LT(once.items[i].score_low, once.items[i].score);
    EXPECT_GT(once.items[i].score_high, once.items[i].score);
  }
  EXPECT_NE(once.items[0].score_low, other.items[0].score_low);
}

TEST(RankImages, BootstrapOfOneVoteAnOrderHasAWidth) {
  for (const double p : {0.0, 0.7, 1.0}) {
    const std::vector<PairReads> pairs = {pair(0, 1, {p, p})};
    const Ranking ranking = rank_images(2, pairs, {.bootstrap_replicates = 400});
    EXPECT_GT(ranking.items[0].score_high - ranking.items[0].score_low, 0.2) << p;
    EXPECT_EQ(ranking.items[0].rank, 1) << p;
    EXPECT_EQ(ranking.items[1].rank, 1) << "two votes tell nothing apart";
  }
}

TEST(RankImages, BootstrapOfEqualVotesDoesNotSplitEqualImages) {
  const std::vector<double> even(8, 0.5);
  const std::vector<PairReads> pairs = {pair(0, 1, even), pair(0, 2, even), pair(1, 2, even)};
  const Ranking ranking = rank_images(3, pairs, {.bootstrap_replicates = 400, .seed = 3});
  for (const RankedItem& item : ranking.items) {
    EXPECT_EQ(item.rank, 1);
    EXPECT_LT(item.score_low, 0.5);
    EXPECT_GT(item.score_high, 0.5);
  }
}

/// Sixteen votes of p = 0.8 are sixteen coin tosses: the gap's posterior has the analytic width.
TEST(RankImages, BootstrapOfEqualVotesIsAboutAsWideAsTheCurvatureSays) {
  const std::vector<PairReads> pairs = {pair(0, 1, std::vector<double>(16, 0.8))};
  const RankedItem analytic = rank_images(2, pairs).items[0];
  const RankedItem drawn = rank_images(2, pairs, {.bootstrap_replicates = 2000}).items[0];
  EXPECT_NEAR((drawn.score_high - drawn.score_low) / (analytic.score_high - analytic.score_low), 1,
              0.3);
}

TEST(RankImages, SaysPositionsAndWhatCannotBeToldApart) {
  const std::vector<double> clear(16, 0.98);
  const std::vector<double> even(16, 0.5);
  const Ranking ranking = rank_images(
      3, std::vector<PairReads>{pair(2, 0, clear), pair(2, 1, clear), pair(0, 1, even)});
  EXPECT_EQ(ranking.items[2].position, 1);
  EXPECT_EQ(ranking.items[0].position, 2);
  EXPECT_EQ(ranking.items[1].position, 3);
  EXPECT_THAT(ranking.items[2].tied_with, ElementsAre());
  EXPECT_THAT(ranking.items[0].tied_with, ElementsAre(1));
  EXPECT_THAT(ranking.items[1].tied_with, ElementsAre(0));
}

}  // namespace
}  // namespace juror
