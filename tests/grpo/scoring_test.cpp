// From read completions to advantages, without a model.
#include "grpo/scoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

/// A group about a pair of which `share` of the voters prefer the first; one completion for each p,
/// well-formed or not.
CollectedGroup collected(double share, const std::vector<double>& ps,
                         const std::vector<bool>& well_formed) {
  CollectedGroup one;
  one.pair.vote_share = share;
  for (std::size_t k = 0; k < ps.size(); ++k) {
    ParsedCompletion read{
        .verdict = {.answer = ps[k] > 0.5 ? "1" : "2", .p = ps[k], .status = Status::kOk},
        .decision_token = 3};
    read.well_formed = well_formed[k];
    one.reads.push_back(read);
    one.swapped.push_back(false);
    one.group.samples.push_back({.token_ids = {1, 2, 3, 4, 5}, .decision = 3});
  }
  return one;
}

ScoringOptions scoring(std::vector<std::string> names, std::vector<double> weights,
                       const std::string& answer_gradient) {
  ScoringOptions options;
  options.reward_funcs = std::move(names);
  options.reward_weights = std::move(weights);
  options.answer_gradient = answer_gradient;
  return options;
}

TEST(ScoreGroups, WeighsAndCentresRewards) {
  std::vector<CollectedGroup> groups = {collected(1, {0.2, 0.6}, {true, false})};
  score_groups(scoring({"soft", "format"}, {1, 0.5}, "score"), "none", 10, groups);
  EXPECT_THAT(groups[0].rewards, ::testing::ElementsAre(::testing::ElementsAre(0.2, 0.6),
                                                        ::testing::ElementsAre(1, 0)));
  EXPECT_NEAR(groups[0].reward[0], 0.7, 1e-12);
  EXPECT_NEAR(groups[0].group.samples[0].advantage, 0.05, 1e-6);
  EXPECT_NEAR(groups[0].group.samples[1].advantage, -0.05, 1e-6);
  EXPECT_EQ(groups[0].group.samples[0].decision_advantage, groups[0].group.samples[0].advantage);
  EXPECT_EQ(groups[0].group.samples[0].slope, 0);
}

TEST(ScoreGroups, ExactLeavesTheAnswerToTheSlopeAndKeepsItsShapeInTheDraw) {
  std::vector<CollectedGroup> groups = {collected(1, {0.2, 0.6}, {true, false})};
  score_groups(scoring({"soft", "format"}, {1, 0.5}, "exact"), "group", 10, groups);
  const double divisor = 0.1 / std::sqrt(2.0) + 1e-4;  // rewards 0.7 and 0.6
  const Sample& first = groups[0].group.samples[0];
  EXPECT_NEAR(first.advantage, 0.05 / divisor, 1e-4);
  EXPECT_EQ(first.decision_advantage, first.advantage);
  EXPECT_NEAR(first.choice_advantage, -0.2 / divisor, 1e-3);  // of `soft` alone: 0.2 against 0.4
  EXPECT_NEAR(first.slope, 0.5 / divisor,
              1e-2);  // p moves the mean by half; the group is the batch
  groups[0].group.samples[0].forget_path();
  EXPECT_NEAR(first.decision_advantage, 0.25 / divisor, 1e-3);  // of `format`: 0.5 against 0.25
  EXPECT_EQ(first.choice_advantage, 0);
  EXPECT_EQ(first.slope, 0);
}

TEST(ScoreGroups, NearTiesDoNotBlowUpTheSlope) {
  std::vector<CollectedGroup> groups = {collected(1, {0.5, 0.50001}, {true, true}),
                                        collected(1, {0.2, 0.8}, {true, true})};
  score_groups(scoring({"soft"}, {}, "exact"), "group", 10, groups);
  EXPECT_NEAR(groups[0].group.samples[0].slope, groups[1].group.samples[0].slope, 1e-6);
  EXPECT_LT(groups[0].group.samples[0].slope, 10);
}

TEST(ScoreGroups, AGroupWithoutSpreadTeachesNothing) {
  std::vector<CollectedGroup> groups = {collected(1, {0.7, 0.7}, {true, true}),
                                        collected(1, {0.2, 0.8}, {true, true})};
  for (const char* scale : {"group", "batch", "none"}) {
    score_groups(scoring({"soft", "format"}, {}, "exact"), scale, 10, groups);
    const Sample& flat = groups[0].group.samples[0];
    EXPECT_EQ(flat.advantage, 0) << scale;
    EXPECT_EQ(flat.decision_advantage, 0) << scale;
    EXPECT_EQ(flat.choice_advantage, 0) << scale;
    EXPECT_EQ(flat.slope, 0) << scale;
    EXPECT_NE(groups[1].group.samples[0].slope, 0) << scale;
  }
}

TEST(ScoreGroups, CanNormalizeEachRewardBeforeTheSum) {
  std::vector<CollectedGroup> groups = {collected(1, {0.2, 0.6}, {true, false})};
  ScoringOptions options = scoring({"soft", "format"}, {1, 0.5}, "score");
  options.multi_objective_aggregation = "normalize_then_sum";
  score_groups(options, "group", 10, groups);
  const double unit = 1 / std::sqrt(2.0);  // a pair's deviation over its unbiased std
  EXPECT_NEAR(groups[0].group.samples[0].advantage, -unit + 0.5 * unit, 1e-3);
}

TEST(ScoreGroups, StatedQualitiesServeScoring) {
  std::vector<CollectedGroup> groups = {collected(1, {0.2, 0.6}, {true, true})};
  groups[0].reads[0].verdict.thinking =
      "Image 1: clean; quality 9. Image 2: clear blur; quality 6.";
  groups[0].reads[1].verdict.thinking =
      "Image 1: clear blur; quality 6. Image 2: clean; quality 9.";
  score_groups(scoring({"scoring"}, {}, "score"), "none", 10, groups);
  EXPECT_THAT(groups[0].reward, ::testing::ElementsAre(1, 0));
}

TEST(ScoreGroups, OfListsByTheOrderOfPeople) {
  CollectedGroup one = collected(1, {0.5, 0.5}, {true, true});
  one.pair.ranks = {2, 1, 3};
  one.pair.others.resize(1);
  one.swapped = {false, true};
  one.reads[0].verdict.ranking = {1, 0, 2};
  one.reads[1].verdict.ranking = {2, 1, 0};  // shown backwards: the first of the list, 0, is first
  std::vector<CollectedGroup> groups = {one};
  score_groups(scoring({"kendall", "placed"}, {}, "exact"), "none", 10, groups);
  EXPECT_THAT(groups[0].rewards[0],
              ::testing::ElementsAre(1, ::testing::DoubleNear(2.0 / 3, 1e-12)));
  EXPECT_THAT(groups[0].rewards[1], ::testing::ElementsAre(1, 0.5));
  EXPECT_NEAR(groups[0].group.samples[0].advantage, (2 - 7.0 / 6) / 2, 1e-6);
  EXPECT_EQ(groups[0].group.samples[0].slope, 0);
}

TEST(ScoreGroups, RefusesWeightsOfAnotherNumber) {
  std::vector<CollectedGroup> groups = {collected(1, {0.2, 0.6}, {true, false})};
  EXPECT_THAT(refusal_of(
                  [&] {
                    score_groups(scoring({"soft"}, {1, 2}, "score"), "none", 10, groups);
                  },
                  ErrorKind::kUser),
              HasSubstr("lists 2 numbers"));
}

}  // namespace
}  // namespace juror
