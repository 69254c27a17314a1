// The choice of a token from hand-set probabilities.
#include "engine/sampler.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "base/error.h"

namespace juror {
namespace {

const std::vector<float> kProbabilities = {0.10F, 0.40F, 0.05F, 0.25F, 0.20F};

/// Every id that some draw chooses.
std::set<std::int64_t> reachable(const SamplingOptions& options, const BannedTokens& banned = {}) {
  std::set<std::int64_t> ids;
  for (int i = 0; i < 1000; ++i)
    ids.insert(sample_token(kProbabilities, options, banned, i / 1000.0));
  return ids;
}

TEST(SampleToken, FollowsTheCumulativeSumInOrderOfIds) {
  const SamplingOptions all;
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.0), 0);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.099), 0);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.101), 1);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.499), 1);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.501), 2);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.551), 3);
  EXPECT_EQ(sample_token(kProbabilities, all, {}, 0.999999), 4);
}

TEST(SampleToken, RenormalisesWhatBansLeave) {
  BannedTokens banned(5);
  banned.ban(1);
  EXPECT_EQ(reachable({}, banned), (std::set<std::int64_t>{0, 2, 3, 4}));
  // 0.10, 0.05, 0.25, 0.20 of 0.60: the first two end at 0.25
  EXPECT_EQ(sample_token(kProbabilities, {}, banned, 0.249), 2);
  EXPECT_EQ(sample_token(kProbabilities, {}, banned, 0.251), 3);
}

TEST(SampleToken, TopKKeepsTheLikeliest) {
  EXPECT_EQ(reachable({.top_k = 1}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_k = 2}), (std::set<std::int64_t>{1, 3}));
  EXPECT_EQ(reachable({.top_k = 99}).size(), 5U);
}

TEST(SampleToken, TopKTakesTheFirstOfEquals) {
  const std::vector<float> equal = {0.25F, 0.25F, 0.25F, 0.25F};
  for (const double u : {0.0, 0.3, 0.6, 0.99})
    EXPECT_LT(sample_token(equal, {.top_k = 2}, {}, u), 2);
}

TEST(SampleToken, TopPKeepsTheFewestThatHoldTheMass) {
  EXPECT_EQ(reachable({.top_p = 0.39}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_p = 0.41}), (std::set<std::int64_t>{1, 3}));
  EXPECT_EQ(reachable({.top_p = 0.84}), (std::set<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(reachable({.top_p = 0.0}), (std::set<std::int64_t>{1}));
}

TEST(SampleToken, TopPCountsWhatTopKLeft) {
  // 0.40 of (0.40 + 0.25) is 0.615 of the mass
  EXPECT_EQ(reachable({.top_k = 2, .top_p = 0.6}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_k = 2, .top_p = 0.63}), (std::set<std::int64_t>{1, 3}));
}

TEST(SampleToken, MinPComparesWithTheLikeliest) {
  EXPECT_EQ(reachable({.min_p = 0.49}), (std::set<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(reachable({.min_p = 0.51}), (std::set<std::int64_t>{1, 3}));
}

TEST(SampleToken, NeverTakesAnImpossibleToken) {
  const std::vector<float> probabilities = {0.0F, 1.0F, 0.0F};
  for (const double u : {0.0, 0.5, 0.9999999999999999})
    EXPECT_EQ(sample_token(probabilities, {}, {}, u), 1);
}

TEST(SampleToken, RefusesWhenNothingIsLeft) {
  BannedTokens banned(2);
  banned.ban(0);
  banned.ban(1);
  const std::vector<float> probabilities = {0.5F, 0.5F};
  EXPECT_THROW(sample_token(probabilities, {}, banned, 0.5), Error);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> broken = {nan, nan};
  EXPECT_THROW(sample_token(broken, {}, {}, 0.5), Error);
}

TEST(GreedyToken, TakesTheLargestAllowedLogitAndTheFirstOfEquals) {
  const std::vector<float> logits = {1.0F, 3.0F, 3.0F, 5.0F};
  BannedTokens banned(4);
  EXPECT_EQ(greedy_token(logits, banned), 3);
  banned.ban(3);
  EXPECT_EQ(greedy_token(logits, banned), 1);
}

TEST(TokenDraw, DependsOnEveryPartOfItsName) {
  const SampleName name{.seed = 1, .step = 2, .prompt = 3, .sample = 4};
  std::set<double> draws = {token_draw(name, 0), token_draw(name, 1)};
  draws.insert(token_draw({.seed = 9, .step = 2, .prompt = 3, .sample = 4}, 0));
  draws.insert(token_draw({.seed = 1, .step = 9, .prompt = 3, .sample = 4}, 0));
  draws.insert(token_draw({.seed = 1, .step = 2, .prompt = 9, .sample = 4}, 0));
  draws.insert(token_draw({.seed = 1, .step = 2, .prompt = 3, .sample = 9}, 0));
  EXPECT_EQ(draws.size(), 6U);
  EXPECT_EQ(token_draw(name, 7), token_draw(name, 7));
}

TEST(BannedTokens, HoldVisionIdsAndRowsWithoutAToken) {
  ModelConfig config;
  config.text.vocabulary = 12;
  config.image_token = 5;
  config.video_token = 6;
  config.vision_start_token = 3;
  config.vision_end_token = 4;
  const BannedTokens banned = banned_tokens(config, 10, {7});
  std::set<std::size_t> ids;
  for (std::size_t id = 0; id < 12; ++id) {
    if (banned.contains(id)) ids.insert(id);
  }
  EXPECT_EQ(ids, (std::set<std::size_t>{3, 4, 5, 6, 7, 10, 11}));
}

}  // namespace
}  // namespace juror
