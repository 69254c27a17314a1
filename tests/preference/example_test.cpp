#include "preference/example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

PreferenceExample three_images() {
  return {.id = "e1",
          .prompt = "a cat",
          .images = {"a", "b", "c"},
          .ranking = {},
          .votes = {},
          .source = ""};
}

TEST(VoteShare, CountsAnnotatorsAndTiesHalf) {
  PreferenceExample example = three_images();
  example.votes = {{1, 2, 3}, {2, 1, 3}, {1, 1, 2}, {1, 4, 4}};
  EXPECT_DOUBLE_EQ(*vote_share(example, 0, 1), (1 + 0 + 0.5 + 1) / 4);
  EXPECT_DOUBLE_EQ(*vote_share(example, 1, 0), 1 - 2.5 / 4);
  EXPECT_DOUBLE_EQ(*vote_share(example, 1, 2), (1 + 1 + 1 + 0.5) / 4);
}

TEST(VoteShare, OfAConsensusRankingIsOneZeroOrHalf) {
  PreferenceExample example = three_images();
  example.ranking = {1, 5, 5};
  EXPECT_EQ(vote_share(example, 0, 1), 1.0);
  EXPECT_EQ(vote_share(example, 1, 0), 0.0);
  EXPECT_EQ(vote_share(example, 1, 2), 0.5);
}

TEST(VoteShare, PrefersVotesToTheConsensus) {
  PreferenceExample example = three_images();
  example.ranking = {1, 2, 3};
  example.votes = {{2, 1, 3}};
  EXPECT_EQ(vote_share(example, 0, 1), 0.0);
}

TEST(VoteShare, IsAbsentWithoutALabel) {
  EXPECT_EQ(vote_share(three_images(), 0, 1), std::nullopt);
}

TEST(CheckExample, NamesTheExampleTheKeyAndBothCounts) {
  PreferenceExample example = three_images();
  example.votes = {{1, 2, 3}, {1, 2}};
  try {
    check_example(example);
    FAIL() << "a vote with two ranks for three images was accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("\"e1\""), testing::HasSubstr("\"votes\""),
                               testing::HasSubstr("2 ranks for 3 images")));
  }
}

TEST(CheckExample, RefusesARankBelowOneAndNoImages) {
  PreferenceExample example = three_images();
  example.ranking = {0, 1, 2};
  EXPECT_THROW(check_example(example), Error);
  EXPECT_THROW(check_example({}), Error);
}

TEST(CheckExample, AcceptsTiesAndGaps) {
  PreferenceExample example = three_images();
  example.ranking = {1, 1, 7};
  EXPECT_NO_THROW(check_example(example));
}

TEST(AgreedRanks, AreTheMeanRanksOfVotesWhereNoRankingIsGiven) {
  PreferenceExample example{.images = {"a", "b", "c"}};
  EXPECT_TRUE(agreed_ranks(example).empty());
  example.votes = {{1, 2, 3}, {2, 1, 3}};
  EXPECT_EQ(agreed_ranks(example), (Ranks{1, 1, 3}));
  example.ranking = {3, 2, 1};
  EXPECT_EQ(agreed_ranks(example), (Ranks{3, 2, 1}));
}

}  // namespace
}  // namespace juror
