// Rewards of whole groups, by name.
#include "preference/group_reward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "preference/exact_shape.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

RewardInput answered(double p, bool swapped = false) {
  RewardInput judged{.swapped = swapped, .well_formed = true};
  judged.verdict = {.thinking = "", .answer = p > 0.5 ? "1" : "2", .p = p, .status = Status::kOk};
  return judged;
}

std::vector<double> values(std::string_view name, const std::vector<RewardInput>& group,
                           const RewardContext& context) {
  std::vector<double> found;
  for (const Reward& reward : score_group(name, group, context)) found.push_back(reward.value);
  return found;
}

TEST(GroupReward, TurnsTheVotesForACompletionThatSawThePairSwapped) {
  const RewardContext context{.vote_share = 0.9};
  EXPECT_THAT(values("soft", {answered(0.7), answered(0.7, true)}, context),
              ::testing::ElementsAre(0.7, ::testing::DoubleNear(0.3, 1e-12)));
  EXPECT_THAT(values("selection", {answered(0.7), answered(0.7, true)}, context),
              ::testing::ElementsAre(1, 0));
  EXPECT_THAT(values("kendall", {answered(0.7), answered(0.2)}, context),
              ::testing::ElementsAre(1, 0));
}

TEST(GroupReward, GivesNothingForWhatCouldNotBeRead) {
  const RewardInput unread{.verdict = {.status = Status::kTruncated}};
  for (const std::string& name : reward_names()) {
    if (name == "length" || name == "repetition" || name == "flip") continue;
    EXPECT_THAT(values(name, {unread, unread}, {.vote_share = 1.0}), ::testing::Each(0)) << name;
  }
}

TEST(GroupReward, FlipMatchesTheKthCompletionsOfTheTwoOrders) {
  const std::vector<RewardInput> group = {answered(0.9), answered(0.6), answered(0.1, true),
                                          answered(0.6, true)};
  const auto flips = values("flip", group, {});
  EXPECT_NEAR(flips[0], 1.0, 1e-12);
  EXPECT_NEAR(flips[1], 0.8, 1e-12);
  EXPECT_NEAR(flips[2], 1.0, 1e-12);
  EXPECT_NEAR(flips[3], 0.8, 1e-12);
  EXPECT_THAT(
      refusal_of([&] { score_group("flip", std::vector{answered(0.5)}, {}); }, ErrorKind::kUser),
      HasSubstr("both_orders = true"));
}

TEST(GroupReward, ConsensusNeedsNoVotes) {
  // for image i: 0.9, 0.7 and 1 - 0.2: the mean is 0.8
  const auto found = values("consensus", {answered(0.9), answered(0.7), answered(0.2, true)}, {});
  EXPECT_NEAR(found[0], 0.9 * 0.8 + 0.1 * 0.2, 1e-12);
  EXPECT_NEAR(found[1], 0.7 * 0.8 + 0.3 * 0.2, 1e-12);
  EXPECT_NEAR(found[2], 0.8 * 0.8 + 0.2 * 0.2, 1e-12);
}

TEST(GroupReward, SlopesOfSharedRewardsAreDifferencesOfTheirValues) {
  const std::vector<RewardInput> group = {answered(0.9), answered(0.6), answered(0.2, true),
                                          answered(0.7, true)};
  constexpr double kStep = 1e-6;
  for (const char* name : {"flip", "consensus"}) {
    const GroupRewards rewards = score_group(name, group, {});
    for (std::size_t k = 0; k < group.size(); ++k) {
      std::vector<RewardInput> moved = group;
      moved[k].verdict.p += kStep;
      const GroupRewards after = score_group(name, moved, {});
      double others = 0;
      for (std::size_t j = 0; j < group.size(); ++j)
        if (j != k) others += (after[j].value - rewards[j].value) / kStep;
      EXPECT_NEAR(rewards[k].slope, (after[k].value - rewards[k].value) / kStep, 1e-5) << name << k;
      EXPECT_NEAR(rewards[k].others_slope, others, 1e-5) << name << k;
    }
  }
}

TEST(GroupReward, ScoresComeFromWhatWasWritten) {
  RewardInput judged = answered(0.4);
  judged.scores = {7, 5};
  EXPECT_THAT(values("scoring", {judged, answered(0.4)}, {.vote_share = 1.0}),
              ::testing::ElementsAre(1, 0));
  EXPECT_NEAR(values("bradley_terry", {judged}, {.vote_share = 1.0})[0], 1 / (1 + std::exp(-2.0)),
              1e-12);
}

TEST(GroupReward, ListenerIsSoftOfWhatTheListenerSays) {
  RewardInput judged = answered(0.4);
  judged.listener_p = 0.8;
  EXPECT_THAT(values("listener", {judged, answered(0.4)}, {.vote_share = 0.0}),
              ::testing::ElementsAre(::testing::DoubleNear(0.2, 1e-12), 0));
  EXPECT_EQ(score_group("listener", std::vector{judged}, {.vote_share = 0.0})[0].slope, 0);
}

TEST(GroupReward, RefusesUnknownNamesAndMissingVotes) {
  EXPECT_THAT(
      refusal_of([] { score_group("brierr", std::vector{answered(1)}, {}); }, ErrorKind::kUser),
      HasSubstr("Did you mean 'brier'"));
  EXPECT_THAT(
      refusal_of([] { score_group("soft", std::vector{answered(1)}, {}); }, ErrorKind::kUser),
      HasSubstr("needs people's votes"));
}

TEST(ExactShape, IsAThoughtAndAnAnswerWithNothingAround) {
  const auto is_exact = [](std::string_view turn) {
    return has_exact_shape(turn, AnswerFormat::kChoice);
  };
  EXPECT_TRUE(is_exact("<think>a</think><answer>1</answer>"));
  EXPECT_TRUE(is_exact(" <think>a</think>\n<answer> 2 </answer>\n"));
  EXPECT_TRUE(is_exact("<answer>1</answer>"));
  EXPECT_FALSE(is_exact("<think>a</think><answer>1</answer> because"));
  EXPECT_FALSE(is_exact("a</think><answer>1</answer>"));
  EXPECT_FALSE(is_exact("<think>a</think> so <answer>1</answer>"));
  EXPECT_FALSE(is_exact("<think>a<think>b</think><answer>1</answer>"));
  EXPECT_FALSE(is_exact("<think>a</think><answer>3</answer>"));
  EXPECT_FALSE(is_exact("<think>a"));
}

/// A completion about a list, as it saw it.
RewardInput listed(std::vector<std::size_t> ranking, std::vector<double> first = {},
                   bool swapped = false) {
  RewardInput judged{.swapped = swapped, .well_formed = true};
  judged.verdict.p = 0.5;
  judged.verdict.status = Status::kOk;
  judged.verdict.ranking = std::move(ranking);
  judged.verdict.first_place = std::move(first);
  return judged;
}

TEST(GroupReward, OfAListGivesFirstOrNothingPartialCreditOrTheWholeOrder) {
  // people: image 1 best, then 0, then 2 and 3 alike
  const RewardContext context{.ranks = {2, 1, 3, 3}};
  const std::vector<RewardInput> group = {listed({1, 0, 2, 3}), listed({0, 1, 3, 2}),
                                          listed({3, 2, 1, 0}), listed({2, 3, 0, 1}, {}, true)};
  EXPECT_THAT(values("selection", group, context), ::testing::ElementsAre(1, 0, 0, 1));
  const auto placed = values("placed", group, context);
  EXPECT_NEAR(placed[0], 1, 1e-12);
  EXPECT_NEAR(placed[1], 2.0 / 3, 1e-12);  // one of three others is better
  EXPECT_NEAR(placed[2], 1.0 / 3, 1e-12);
  EXPECT_NEAR(placed[3], 1, 1e-12);  // shown backwards, place 2 is image 1
  const auto kendall = values("kendall", group, context);
  EXPECT_NEAR(kendall[0], 0.5 * (1 + 5 / std::sqrt(30.0)), 1e-12);
  EXPECT_NEAR(kendall[2], 0.5 * (1 - 3 / std::sqrt(30.0)), 1e-12);  // 0 and 1 alone are right
}

TEST(GroupReward, SoftRewardsOfAListAreExpectedOverTheFirstPlace) {
  const RewardContext context{.ranks = {2, 1, 3}};
  const std::vector<RewardInput> group = {listed({0, 1, 2}, {0.5, 0.3, 0.2}),
                                          listed({0, 1, 2}, {0.5, 0.3, 0.2}, true),
                                          listed({0, 1, 2})};
  const auto soft = values("soft", group, context), placed = values("soft_placed", group, context);
  EXPECT_NEAR(soft[0], 0.3, 1e-12);
  EXPECT_NEAR(soft[1], 0.3, 1e-12);
  EXPECT_EQ(soft[2], 0);                           // nothing known but the words
  EXPECT_NEAR(placed[0], 0.5 * 0.5 + 0.3, 1e-12);  // credits ½, 1, 0
  EXPECT_NEAR(placed[1], 0.2 * 0.5 + 0.3, 1e-12);
  EXPECT_NEAR(placed[2], 0.5, 1e-12);
}

TEST(GroupReward, OfPairsIsRefusedForListsAndUnreadListsEarnNothing) {
  const RewardContext context{.ranks = {1, 2, 3}};
  EXPECT_THAT(refusal_of(
                  [&] {
                    score_group("brier", std::vector{listed({0, 1, 2})}, context);
                  },
                  ErrorKind::kUser),
              HasSubstr("'brier' is of pairs, and a list of 3 images"));
  EXPECT_THAT(values("kendall", {listed({}), listed({0, 1})}, context),
              ::testing::ElementsAre(0, 0));
  EXPECT_THAT(values("format", {listed({})}, context), ::testing::ElementsAre(1));
}

TEST(ExactShape, HoldsTheCriteriaWhereSomeAreAskedFor) {
  const AnswerAsked asked{.criteria = {"sharpness"}};
  const std::string block = "<criteria>sharpness: 1</criteria>";
  EXPECT_TRUE(has_exact_shape("<think>x</think>" + block + "<answer>1</answer>", asked));
  EXPECT_FALSE(has_exact_shape("<think>x</think><answer>1</answer>", asked));
  EXPECT_FALSE(
      has_exact_shape("<think>x</think>" + block + "<answer>1</answer>", AnswerFormat::kChoice));
}

}  // namespace
}  // namespace juror
