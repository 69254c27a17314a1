// Calibration, flips, cost and breakdowns of a judge, worked out by hand.
#include "eval/quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "eval/eval_fixtures.h"

namespace juror {
namespace {

using testing::pair_example;

TEST(JudgeQuality, ScoresProbabilitiesAgainstVoteShares) {
  JudgeQuality quality({});
  EvalExample example = pair_example("x", "p", 0.9);
  example.pairs[0].share = 0.7;
  quality.add(example);
  const auto json = quality.json();
  EXPECT_NEAR(json["brier"].get<double>(), 0.04, 1e-12);
  EXPECT_NEAR(json["ece"].get<double>(), 0.2, 1e-12);
  EXPECT_TRUE(json["uncalibrated"].is_null());
  EXPECT_EQ(json["reliability"].size(), 10U);
  EXPECT_EQ(json["coverage"][0]["accuracy"], 1.0);
}

TEST(JudgeQuality, StatesBothSidesOfACalibration) {
  JudgeQuality quality({.temperature = 2});
  EvalExample example = pair_example("x", "p", 16.0 / 17);
  example.pairs[0].share = 0.8;
  quality.add(example);
  EXPECT_NEAR(quality.json()["brier"].get<double>(), 0, 1e-12);
  EXPECT_NEAR(quality.json()["uncalibrated"]["brier"].get<double>(), std::pow(16.0 / 17 - 0.8, 2),
              1e-12);
}

TEST(JudgeQuality, CountsUnreadVotesAndScoresOnlyWhatWasRead) {
  JudgeQuality quality({});
  EvalExample read = pair_example("x", "p", 0.9), unread = pair_example("y", "p", kUnknown);
  read.pairs[0].result.votes = 8;
  read.pairs[0].result.unread = 1;
  read.pairs[0].result.forced = 2;
  read.pairs[0].result.flip_rate = 0.25;
  unread.pairs[0].result.votes = 8;
  unread.pairs[0].result.unread = 8;
  quality.add(read);
  quality.add(unread);
  const auto json = quality.json();
  EXPECT_EQ(json["pairs"], 2);
  EXPECT_EQ(json["read"], 1);
  EXPECT_DOUBLE_EQ(json["unread_rate"], 9.0 / 16);
  EXPECT_DOUBLE_EQ(json["forced_rate"], 2.0 / 16);
  EXPECT_DOUBLE_EQ(json["flip_rate"], 0.25);
  EXPECT_EQ(json["coverage"].back()["coverage"], 0.5);  // the unread pair is never answered
}

TEST(JudgeQuality, OfAScorerWithoutVotesKnowsNoFlips) {
  JudgeQuality quality({});
  quality.add(pair_example("x", "p", 0.9));
  EXPECT_TRUE(quality.json()["flip_rate"].is_null());
  EXPECT_EQ(quality.json()["unread_rate"], 0.0);
}

TEST(JudgeQuality, MeansCostAPairWithBothOrdersPrompts) {
  JudgeQuality quality({});
  EvalExample example = pair_example("x", "p", 0.9);
  example.pairs[0].prompt_tokens = 300;
  example.pairs[0].completion_tokens = 80;
  example.pairs[0].ms = 1500;
  quality.add(example);
  EXPECT_EQ(quality.json()["prompt_tokens_per_pair"], 600.0);
  EXPECT_EQ(quality.json()["completion_tokens_per_pair"], 80.0);
  EXPECT_EQ(quality.json()["seconds_per_pair"], 1.5);
}

TEST(Brackets, AreOpenAtTheirUpperEnd) {
  EXPECT_EQ(size_bracket({1000, 250}, {4000, 4000}).label, "0.25 to 0.5 MP");
  EXPECT_EQ(size_bracket({1000, 1000}, {1000, 1000}).label, "1 MP and more");
  EXPECT_EQ(prompt_bracket("").label, "no prompt");
  EXPECT_EQ(prompt_bracket(" one  two ").label, "1 to 10 words");
  EXPECT_EQ(prompt_bracket("1 2 3 4 5 6 7 8 9 10 11").label, "11 to 20 words");
  EXPECT_EQ(agreement_bracket(0.5).label, "50 to 60 %");
  EXPECT_EQ(agreement_bracket(0.1).label, "90 to 100 %");
  EXPECT_EQ(agreement_bracket(0.3).label, "70 to 80 %");
  EXPECT_EQ(agreement_bracket(kUnknown).label, "unknown");
}

TEST(Brackets, NameTheAspectRatio) {
  EXPECT_EQ(aspect_bracket({512, 512}, {520, 500}).label, "square");
  EXPECT_EQ(aspect_bracket({640, 480}, {800, 600}).label, "landscape");
  EXPECT_EQ(aspect_bracket({480, 640}, {480, 640}).label, "portrait");
  EXPECT_EQ(aspect_bracket({480, 640}, {640, 480}).label, "different");
}

TEST(Breakdowns, GroupPairsWithoutHumanTies) {
  Breakdowns breakdowns;
  breakdowns.add(pair_example("x", "a cat", 0.9), 0);
  breakdowns.add(pair_example("y", "", 0.1), 1);
  EvalExample tie = pair_example("z", "a dog", 0.9);
  tie.ranks = {1, 1};
  breakdowns.add(tie, 2);
  const auto json = breakdowns.json(0);
  ASSERT_EQ(json["prompt_length"].size(), 2U);
  EXPECT_EQ(json["prompt_length"][0]["label"], "no prompt");
  EXPECT_EQ(json["prompt_length"][0]["accuracy"], 0.0);
  EXPECT_EQ(json["prompt_length"][1]["accuracy"], 1.0);
  EXPECT_EQ(json["image_size"][0]["pairs"], 2U);
}

}  // namespace
}  // namespace juror
