// The choice of a token from hand-set probabilities.
#include "engine/sampler.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"

namespace juror {
namespace {

const std::vector<float> kProbabilities = {0.10F, 0.40F, 0.05F, 0.25F, 0.20F};

/// The token drawn by the loops of the CPU, which must be that of the passes over tensors on any
/// device.
std::int64_t draw(const std::vector<float>& probabilities, const SamplingOptions& options,
                  const BannedTokens& banned, double uniform) {
  const Tensor logits = at::tensor(probabilities).log().unsqueeze(0);
  const RowSampling row{.options = &options, .banned = &banned, .uniform = uniform};
  const std::int64_t id = draw_tokens(logits, std::span(&row, 1)).front().id;
  EXPECT_EQ(draw_tokens_on_device(logits, std::span(&row, 1)).front().id, id);
  return id;
}

/// Every id that some draw chooses.
std::set<std::int64_t> reachable(const SamplingOptions& options, const BannedTokens& banned = {}) {
  std::set<std::int64_t> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(draw(kProbabilities, options, banned, i / 1000.0));
  return ids;
}

TEST(DrawTokens, FollowTheCumulativeSumInOrderOfIds) {
  const SamplingOptions all;
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.0), 0);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.099), 0);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.101), 1);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.499), 1);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.501), 2);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.551), 3);
  EXPECT_EQ(draw(kProbabilities, all, {}, 0.999999), 4);
}

TEST(DrawTokens, RenormaliseWhatBansLeave) {
  BannedTokens banned(5);
  banned.ban(1);
  EXPECT_EQ(reachable({}, banned), (std::set<std::int64_t>{0, 2, 3, 4}));
  // 0.10, 0.05, 0.25, 0.20 of 0.60: the first two end at 0.25
  EXPECT_EQ(draw(kProbabilities, {}, banned, 0.249), 2);
  EXPECT_EQ(draw(kProbabilities, {}, banned, 0.251), 3);
}

TEST(DrawTokens, TopKKeepsTheLikeliest) {
  EXPECT_EQ(reachable({.top_k = 1}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_k = 2}), (std::set<std::int64_t>{1, 3}));
  EXPECT_EQ(reachable({.top_k = 99}).size(), 5U);
}

TEST(DrawTokens, TopKTakesTheFirstOfEquals) {
  const std::vector<float> equal = {0.25F, 0.25F, 0.25F, 0.25F};
  for (const double u : {0.0, 0.3, 0.6, 0.99}) EXPECT_LT(draw(equal, {.top_k = 2}, {}, u), 2);
}

TEST(DrawTokens, TopPKeepsTheFewestThatHoldTheMass) {
  EXPECT_EQ(reachable({.top_p = 0.39}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_p = 0.41}), (std::set<std::int64_t>{1, 3}));
  EXPECT_EQ(reachable({.top_p = 0.84}), (std::set<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(reachable({.top_p = 0.0}), (std::set<std::int64_t>{1}));
}

TEST(DrawTokens, TopPTakesTheFirstOfEquals) {
  const std::vector<float> equal = {0.25F, 0.25F, 0.25F, 0.25F};
  for (const double u : {0.0, 0.3, 0.6, 0.99}) EXPECT_LT(draw(equal, {.top_p = 0.5}, {}, u), 2);
}

TEST(DrawTokens, TopPCountsWhatTopKLeft) {
  // 0.40 of (0.40 + 0.25) is 0.615 of the mass
  EXPECT_EQ(reachable({.top_k = 2, .top_p = 0.6}), (std::set<std::int64_t>{1}));
  EXPECT_EQ(reachable({.top_k = 2, .top_p = 0.63}), (std::set<std::int64_t>{1, 3}));
}

TEST(DrawTokens, TopPCountsWhatBansLeft) {
  BannedTokens banned(5);
  banned.ban(1);  // 0.25 of 0.60 is 0.417 of the mass
  EXPECT_EQ(reachable({.top_p = 0.41}, banned), (std::set<std::int64_t>{3}));
  EXPECT_EQ(reachable({.top_p = 0.42}, banned), (std::set<std::int64_t>{3, 4}));
}

TEST(DrawTokens, MinPComparesWithTheLikeliest) {
  EXPECT_EQ(reachable({.min_p = 0.49}), (std::set<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(reachable({.min_p = 0.51}), (std::set<std::int64_t>{1, 3}));
}

TEST(DrawTokens, NeverTakeAnImpossibleToken) {
  const std::vector<float> probabilities = {0.0F, 1.0F, 0.0F};
  for (const double u : {0.0, 0.5, 0.9999999999999999})
    EXPECT_EQ(draw(probabilities, {}, {}, u), 1);
}

TEST(DrawTokens, SayWhereNothingIsLeft) {
  BannedTokens banned(2);
  banned.ban(0);
  banned.ban(1);
  EXPECT_EQ(draw({0.5F, 0.5F}, {}, banned, 0.5), kNoToken);
  EXPECT_EQ(draw({0.5F, 0.5F}, {.temperature = 0}, banned, 0.5), kNoToken);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(draw({nan, nan}, {}, {}, 0.5), kNoToken);
  EXPECT_EQ(draw({nan, nan}, {.temperature = 0}, {}, 0.5), kNoToken);
}

TEST(DrawTokens, GreedyTakesTheLargestAllowedLogitAndTheFirstOfEquals) {
  const SamplingOptions greedy{.temperature = 0};
  BannedTokens banned(4);
  EXPECT_EQ(draw({0.1F, 0.2F, 0.2F, 0.5F}, greedy, banned, 0), 3);
  banned.ban(3);
  EXPECT_EQ(draw({0.1F, 0.2F, 0.2F, 0.5F}, greedy, banned, 0), 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(draw({nan, 0.2F, 0.1F}, greedy, {}, 0), 1);
}

TEST(DrawTokens, GreedyTakesAnImpossibleTokenOnlyWhereNoOtherIsLeft) {
  BannedTokens banned(3);
  banned.ban(0);
  EXPECT_EQ(draw({1.0F, 0.0F, 0.0F}, {.temperature = 0}, banned, 0), 1);
}

/// Options of every kind, in turn.
const std::vector<SamplingOptions>& mixed_options() {
  static const std::vector<SamplingOptions> kOptions = {{},
                                                        {.temperature = 0},
                                                        {.temperature = 0.7, .top_k = 20},
                                                        {.temperature = 1.3, .top_p = 0.8},
                                                        {.top_k = 50, .top_p = 0.9, .min_p = 0.05},
                                                        {.min_p = 0.1},
                                                        {.temperature = 0.5},
                                                        {.top_k = 5000}};
  return kOptions;
}

/// Rows of strangers: options, bans and watched ids differ.
struct Company {
  Tensor logits = at::randn({24, 700}, at::make_generator<at::CPUGeneratorImpl>(7)) * 3;
  BannedTokens vision{700}, ends{700};
  std::vector<std::int64_t> watched = {3, 699}, one = {5};
  std::vector<RowSampling> rows;
  Company() {
    for (std::int64_t id = 100; id < 300; ++id) vision.ban(id);
    ends.ban(0);
    const BannedTokens* bans[] = {&vision, &ends, nullptr};
    for (std::size_t i = 0; i < 24; ++i) {
      rows.push_back({.options = &mixed_options()[i % mixed_options().size()],
                      .banned = bans[i % 3],
                      .uniform = token_draw({.seed = 5, .sample = i}, 0)});
      if (i % 2 == 0) rows.back().watched_ids = i % 4 == 0 ? watched : one;
    }
  }
};

TEST(DrawTokens, DoNotDependOnTheirCompany) {
  Company company;
  const std::vector<DrawnToken> together = draw_tokens(company.logits, company.rows);
  for (std::size_t i = 0; i < company.rows.size(); ++i) {
    const DrawnToken alone = draw_tokens(company.logits.narrow(0, static_cast<std::int64_t>(i), 1),
                                         std::span(&company.rows[i], 1))
                                 .front();
    EXPECT_EQ(together[i].id, alone.id) << i;
    EXPECT_EQ(together[i].logprob, alone.logprob) << i;
    EXPECT_EQ(together[i].watched, alone.watched) << i;
  }
}

TEST(DrawTokens, AreTheSameByPassesOverTensors) {
  Company company;
  const std::vector<DrawnToken> loops = draw_tokens(company.logits, company.rows);
  const std::vector<DrawnToken> passes = draw_tokens_on_device(company.logits, company.rows);
  for (std::size_t i = 0; i < loops.size(); ++i) {
    EXPECT_EQ(loops[i].id, passes[i].id) << i;
    EXPECT_NEAR(loops[i].logprob, passes[i].logprob, 1e-6) << i;
    EXPECT_EQ(loops[i].watched, passes[i].watched) << i;
  }
}

TEST(DrawTokens, TellTheLogprobBeforeBansAndCutsAtTheSamplingTemperature) {
  // softmax of log(p)/0.5 is p² / Σp²: 0.01, 0.16, 0.0025, 0.0625, 0.04 of 0.275
  const SamplingOptions options{.temperature = 0.5, .top_k = 1};
  const std::vector<std::int64_t> watched = {0, 4};
  BannedTokens banned(5);
  banned.ban(1);
  const RowSampling row{.options = &options, .banned = &banned, .watched_ids = watched};
  const Tensor logits = at::tensor(kProbabilities).log().unsqueeze(0);
  const DrawnToken drawn = draw_tokens(logits, std::span(&row, 1)).front();
  EXPECT_EQ(drawn.id, 3);
  EXPECT_NEAR(drawn.logprob, std::log(0.0625 / 0.275), 1e-6);
  ASSERT_EQ(drawn.watched.size(), 2U);
  EXPECT_NEAR(drawn.watched[0], std::log(0.10), 1e-6);
  EXPECT_NEAR(drawn.watched[1], std::log(0.20), 1e-6);
}

TEST(DrawTokens, RefuseARowTooFew) {
  const SamplingOptions options;
  const RowSampling row{.options = &options};
  EXPECT_THROW(draw_tokens(at::zeros({2, 5}), std::span(&row, 1)), Error);
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

TEST(BannedTokens, AreSharedByCopiesUntilOneIsChanged) {
  BannedTokens one(4);
  one.ban(1);
  BannedTokens copy = one;
  EXPECT_TRUE(copy.is(one));
  copy.ban(2);
  EXPECT_FALSE(copy.is(one));
  EXPECT_FALSE(one.contains(2));
  EXPECT_TRUE(copy.contains(1));
}

}  // namespace
}  // namespace juror
