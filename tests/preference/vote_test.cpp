#include "preference/vote.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "preference/early_stop.h"

namespace juror {
namespace {

/// A vote whose model gave `p` to the image it saw first.
Vote vote(bool swapped, double p, Status status = Status::kOk) {
  return {.swapped = swapped, .verdict = {.thinking = "", .answer = "", .p = p, .status = status}};
}
Vote unread(bool swapped) { return vote(swapped, kUnknown, Status::kTruncated); }

TEST(FoldVotes, MirrorsTheSwappedOrder) {
  const std::vector<Vote> votes = {vote(false, 0.9), vote(true, 0.3), vote(false, 0.7),
                                   vote(true, 0.4)};
  const PairResult result = fold_votes(votes);
  EXPECT_EQ(result.status, PairStatus::kOk);
  EXPECT_DOUBLE_EQ(result.p_ij, 0.8);
  EXPECT_DOUBLE_EQ(result.p_ji, 0.65);
  EXPECT_DOUBLE_EQ(result.p, 0.725);
  // Reads 0.9, 0.7, 0.7, 0.6: squares around 0.725 sum to 0.0475.
  EXPECT_NEAR(result.spread, std::sqrt(0.0475 / 3), 1e-12);
  EXPECT_DOUBLE_EQ(result.flip_rate, 0);
  EXPECT_EQ(result.votes, 4);
  EXPECT_EQ(result.unread, 0);
  EXPECT_FALSE(result.tie);
}

TEST(FoldVotes, OfAModelThatAlwaysSaysFirstIsATieThatFlips) {
  const std::vector<Vote> votes = {vote(false, 0.9), vote(false, 0.8), vote(true, 0.9),
                                   vote(true, 0.8)};
  const PairResult result = fold_votes(votes);
  EXPECT_NEAR(result.p, 0.5, 1e-12);
  EXPECT_TRUE(result.tie);
  EXPECT_DOUBLE_EQ(result.flip_rate, 1);
}

TEST(FoldVotes, MatchesSampleNumbersForTheFlipRateAndSkipsUnreadMatches) {
  // ij: first, second, unread, first.  ji (mirrored): first, first, second, second.  Matches: same,
  // flip, -, flip.
  const std::vector<Vote> votes = {vote(false, 0.9), vote(false, 0.2), unread(false),
                                   vote(false, 0.6), vote(true, 0.1),  vote(true, 0.1),
                                   vote(true, 0.9),  vote(true, 0.9)};
  const PairResult result = fold_votes(votes);
  EXPECT_DOUBLE_EQ(result.flip_rate, 2.0 / 3);
  EXPECT_EQ(result.unread, 1);
}

TEST(FoldVotes, WeighsTheOrdersEquallyWhenReadsWereLost) {
  const std::vector<Vote> votes = {vote(false, 0.9), vote(false, 0.9), vote(false, 0.9),
                                   vote(true, 0.7),  unread(true),     unread(true)};
  const PairResult result = fold_votes(votes);
  EXPECT_DOUBLE_EQ(result.p, (0.9 + 0.3) / 2);
  EXPECT_EQ(result.status, PairStatus::kOk);
}

TEST(FoldVotes, SaysSoWhenOneOrderWasLost) {
  const PairResult lost = fold_votes(std::vector<Vote>{vote(false, 0.9), unread(true)});
  EXPECT_EQ(lost.status, PairStatus::kOneOrder);
  EXPECT_DOUBLE_EQ(lost.p, 0.9);
  EXPECT_TRUE(std::isnan(lost.p_ji));
  EXPECT_TRUE(std::isnan(lost.flip_rate));
  const PairResult never_asked = fold_votes(std::vector<Vote>{vote(true, 0.9)});
  EXPECT_EQ(never_asked.status, PairStatus::kOk);
  EXPECT_DOUBLE_EQ(never_asked.p, 1 - 0.9);
}

TEST(FoldVotes, OfUnreadVotesIsUnreadAndNeverHalf) {
  const PairResult result =
      fold_votes(std::vector<Vote>{unread(false), unread(true)}, {.tie_band = 0.5});
  EXPECT_EQ(result.status, PairStatus::kUnread);
  EXPECT_TRUE(std::isnan(result.p));
  EXPECT_FALSE(result.tie);
  EXPECT_EQ(result.unread, 2);
  EXPECT_EQ(fold_votes({}).status, PairStatus::kUnread);
}

TEST(FoldVotes, TieBandIsOpen) {
  const std::vector<Vote> votes = {vote(false, 0.75)};
  EXPECT_FALSE(fold_votes(votes, {.tie_band = 0.25}).tie);
  EXPECT_TRUE(fold_votes(votes, {.tie_band = 0.2501}).tie);
  EXPECT_FALSE(fold_votes(votes).tie);
}

TEST(FoldVotes, CountsForcedAndSaturatedReads) {
  const std::vector<Vote> votes = {vote(false, 0.999, Status::kForced), vote(true, 0.001),
                                   vote(true, 0.5), unread(false)};
  const PairResult result = fold_votes(votes);
  EXPECT_EQ(result.forced, 1);
  EXPECT_DOUBLE_EQ(result.saturated_share, 2.0 / 3);
}

TEST(FoldVotes, SwappingThePairMirrorsTheResult) {
  std::vector<Vote> votes = {vote(false, 0.9), vote(false, 0.4), vote(true, 0.35), unread(true),
                             vote(false, 0.2)};
  const PairResult expected = mirrored(fold_votes(votes));
  for (Vote& one : votes) one.swapped = !one.swapped;
  const PairResult swapped = fold_votes(votes);
  EXPECT_NEAR(swapped.p, expected.p, 1e-15);
  EXPECT_NEAR(swapped.p_ij, expected.p_ij, 1e-15);
  EXPECT_NEAR(swapped.p_ji, expected.p_ji, 1e-15);
  EXPECT_NEAR(swapped.spread, expected.spread, 1e-15);
  EXPECT_EQ(swapped.flip_rate, expected.flip_rate);
  EXPECT_EQ(swapped.unread, expected.unread);
}

TEST(Contradicts, WhereTheThoughtLeadsByATenthTheOtherWay) {
  const auto heard = [](double p, double listener_p) {
    Vote one = vote(false, p);
    one.listener_p = listener_p;
    return contradicts(one);
  };
  EXPECT_TRUE(heard(0.9, 0.3));
  EXPECT_TRUE(heard(0.2, 0.7));
  EXPECT_FALSE(heard(0.9, 0.7));
  EXPECT_FALSE(heard(0.9, 0.45));  // too little of a lead
  EXPECT_FALSE(heard(0.9, kUnknown));
}

// References: 1 - scipy.stats.beta.cdf(0.5, 1 + wins, 1 + losses), scipy 1.x.
TEST(WinnerPosterior, EqualsTheBetaTailOfScipy) {
  EXPECT_NEAR(winner_posterior(4, 0), 0.96875, 1e-13);  // 1 − 2⁻⁵
  EXPECT_NEAR(winner_posterior(3, 1), 0.8125, 1e-13);   // 1 − (1 + 5) / 2⁵
  EXPECT_NEAR(winner_posterior(5.5, 2.5), 0.8410003744629815, 1e-12);
  EXPECT_NEAR(winner_posterior(10, 30), 0.9992747544929443, 1e-12);
  EXPECT_NEAR(winner_posterior(400, 350), 0.9659993258948586, 1e-11);
  EXPECT_NEAR(winner_posterior(0, 0), 0.5, 1e-13);
  EXPECT_NEAR(winner_posterior(1000, 1000), 0.5, 1e-10);
}

TEST(ShouldStop, WaitsForTheMinimumAndTheThreshold) {
  const std::vector<Vote> sure = {vote(false, 1), vote(true, 0), vote(false, 1),
                                  vote(true, 0)};  // posterior 0.96875
  EXPECT_TRUE(should_stop(sure, {.min_votes = 4, .threshold = 0.95}));
  EXPECT_FALSE(should_stop(sure, {.min_votes = 5, .threshold = 0.95}));
  EXPECT_FALSE(should_stop(sure, {.min_votes = 4, .threshold = 0.97}));
  EXPECT_FALSE(should_stop({}, {.min_votes = 0, .threshold = 0.5}));
}

TEST(ShouldStop, IsNotFooledByPositionBias) {
  std::vector<Vote> votes;
  for (int k = 0; k < 100; ++k) votes.insert(votes.end(), {vote(false, 1), vote(true, 1)});
  EXPECT_FALSE(should_stop(votes, {.min_votes = 4, .threshold = 0.6}));
}

}  // namespace
}  // namespace juror
