// What judges score that look at no pixel, worked out by hand; and the people of the HPDv2 gallery,
// where it is there.
#include "eval/baselines.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "data/dataset.h"

namespace juror {
namespace {

PreferenceExample example_with(std::vector<Ranks> votes) {
  PreferenceExample example{.ranking = {}, .votes = std::move(votes)};
  for (std::size_t i = 0; i < example.votes.front().size(); ++i)
    example.images.push_back(std::string(1, static_cast<char>('a' + i)));
  return example;
}

double score_of(const std::vector<RepeatedJudgement>& judged, const char* protocol = "hpdv2") {
  Tally tally(find_protocol(protocol), 0);
  tally.add_mean(judged);
  return tally.measured(0).front().accuracy;
}

TEST(Judged, MeanRanksAverageTheAnnotatorsAndTheConsensusStandsWhereItIsGiven) {
  PreferenceExample example = example_with({{1, 2}, {1, 2}, {2, 1}, {1, 2}});
  EXPECT_EQ(consensus_ranks(example), (std::vector<double>{1.25, 1.75}));
  example.ranking = {2, 1};
  EXPECT_EQ(mean_ranks(example), (std::vector<double>{1.25, 1.75}));
  EXPECT_EQ(consensus_ranks(example), (std::vector<double>{2, 1}));
}

TEST(Judged, StrengthsOrderImagesByTheirWinsAndUnreadPairsSayNothing) {
  const std::vector<double> strengths =
      strengths_of(3, {{0, 1, 0.1, 1}, {1, 2, 0.9, 1}, {0, 2, kUnknown, 1}});
  EXPECT_GT(strengths[1], strengths[0]);
  EXPECT_NEAR(strengths[0], strengths[2], 1e-9);
}

TEST(PeopleBaseline, OfThreeAnnotatorsOfWhomOneDisagrees) {
  const PreferenceExample example = example_with({{1, 2}, {1, 2}, {2, 1}});
  EXPECT_DOUBLE_EQ(score_of(raters_against_mean(example, 0)),
                   2.0 / 3);  // two of three agree with the mean
  EXPECT_DOUBLE_EQ(score_of(raters_against_raters(example, 0)),
                   1.0 / 3);  // of six ordered pairs of annotators two agree
}

TEST(PeopleBaseline, CountsAnAnnotatorsTieAsWrongAndLeavesTheOthersTiesOut) {
  const PreferenceExample example = example_with({{1, 1}, {1, 2}});
  // imagereward: the tier against the other: wrong; the other against the tier: nothing to count
  EXPECT_DOUBLE_EQ(score_of(raters_against_raters(example, 0), "imagereward"), 0.0);
}

/// Every annotator on his own against every other, as the definition says.
std::vector<RepeatedJudgement> one_by_one(const PreferenceExample& example) {
  std::vector<RepeatedJudgement> judged;
  for (const Ranks& truth : example.votes) {
    for (const Ranks& vote : example.votes) {
      if (&vote == &truth) continue;
      std::vector<double> scores;
      for (const int rank : vote) scores.push_back(-rank);
      judged.push_back({judged_by_scores(
          {.ranks = {truth.begin(), truth.end()}, .pairs = all_pairs(example)}, scores)});
    }
  }
  return judged;
}

TEST(PeopleBaseline, OfManyAlikeVotesIsThatOfEachAgainstEachInFewEntries) {
  const std::vector<Ranks> kinds = {{1, 2, 3}, {1, 1, 2}, {3, 1, 2}, {2, 3, 1}};
  std::vector<Ranks> votes;
  for (std::size_t i = 0; i < 60; ++i) votes.push_back(kinds[i * i % 7 % kinds.size()]);
  votes.push_back({3, 2, 1});  // once
  const PreferenceExample example = example_with(votes);
  const auto judged = raters_against_raters(example, 0);
  EXPECT_LE(judged.size(), 25U);
  double meetings = 0;
  for (const RepeatedJudgement& judgement : judged) meetings += judgement.times;
  EXPECT_EQ(meetings, 61 * 60);
  for (const char* protocol : {"hpdv2", "imagereward", "pickapic", "pairs"})
    EXPECT_DOUBLE_EQ(score_of(judged, protocol), score_of(one_by_one(example), protocol));
  EXPECT_LE(raters_against_mean(example, 0).size(), 5U);
}

TEST(PeopleBaseline, OfAHundredThousandVotesTakesNoTime) {
  std::vector<Ranks> votes(60'000, {1, 2});
  votes.resize(100'000, {2, 1});
  const PreferenceExample example = example_with(std::move(votes));
  EXPECT_NEAR(score_of(raters_against_raters(example, 0)), 0.6 * 0.6 + 0.4 * 0.4, 1e-4);
  EXPECT_DOUBLE_EQ(score_of(raters_against_mean(example, 0)), 0.6);
}

TEST(OrderBaseline, PrefersTheEarlierImage) {
  const PreferenceExample example = example_with({{1, 2, 3}});
  JudgedExample judged =
      judged_by_order({.ranks = mean_ranks(example), .scores = {}, .pairs = all_pairs(example)});
  EXPECT_DOUBLE_EQ(score_of({{judged}}), 1.0);
  judged.ranks = {3, 1, 2};  // (0,1) and (0,2) are turned round
  EXPECT_DOUBLE_EQ(score_of({{judged}}), 1.0 / 3);
}

JudgedExample pair_won_by_first(std::size_t prompt) {
  return {.prompt = prompt, .ranks = {1, 2}, .scores = {}, .pairs = {{0, 1, kUnknown, 1}}};
}

TEST(GeneratorBaseline, KnowsTheBetterGeneratorFromOtherPrompts) {
  GeneratorBaseline baseline;
  baseline.add(pair_won_by_first(0), {"good", "bad"});
  baseline.add(pair_won_by_first(1), {"good", "bad"});
  for (const JudgedExample& judged : baseline.judged()) EXPECT_GT(judged.pairs[0].p, 0.5);
}

TEST(GeneratorBaseline, DoesNotPeekAtThePromptItJudges) {
  GeneratorBaseline baseline;
  baseline.add(pair_won_by_first(0), {"x", "y"});
  baseline.add(pair_won_by_first(0),
               {"x", "y"});  // the same prompt again: nothing is known of it either
  baseline.add(pair_won_by_first(1), {"z", "x"});
  const auto judged = baseline.judged();
  EXPECT_LT(judged[0].pairs[0].p, 0.5);  // all that is known of x is its loss to z
  EXPECT_LT(judged[1].pairs[0].p, 0.5);
  EXPECT_LT(judged[2].pairs[0].p, 0.5);  // x beat y twice; z was never seen elsewhere
}

TEST(GeneratorBaseline, TiesImagesOfOneGenerator) {
  GeneratorBaseline baseline;
  baseline.add(pair_won_by_first(0), {"x", "x"});
  EXPECT_DOUBLE_EQ(baseline.judged()[0].pairs[0].p, 0.5);
}

TEST(GeneratorBaseline, RefusesAListOfAnotherLength) {
  EXPECT_THROW(GeneratorBaseline().add(pair_won_by_first(0), {"x"}), Error);
}

/// The gallery lies beside the project on its authors' machines only.
TEST(PeopleBaseline, OfTheHpdv2GalleryAgreesAsPublishedWithIt) {
  const std::filesystem::path gallery =
      std::filesystem::path(JUROR_SOURCE_DIR) / "../shared/data/hpdv2-gallery";
  if (!std::filesystem::exists(gallery)) GTEST_SKIP() << "no gallery at " << gallery;
  Tally against_mean(find_protocol("hpdv2"), 0), against_rater(find_protocol("hpdv2"), 0);
  std::size_t prompt = 0, pairs = 0, ties = 0;
  const auto reader = open_dataset(gallery);
  while (const auto row = reader->next()) {
    const PreferenceExample& example = row->example;
    against_mean.add_mean(raters_against_mean(example, prompt));
    against_rater.add_mean(raters_against_raters(example, prompt++));
    const JudgedExample judged{
        .ranks = mean_ranks(example), .scores = {}, .pairs = all_pairs(example)};
    for (const JudgedPair& pair : judged.pairs) {
      ++pairs;
      ties += human_choice(judged, pair) == 0;
    }
  }
  const auto rater = against_rater.measured(0),
             mean = against_mean.measured(0);  // over prompts, over pairs
  EXPECT_NEAR(rater[0].accuracy, 0.7955, 5e-5);
  EXPECT_NEAR(rater[1].accuracy, 0.796, 5e-4);
  EXPECT_NEAR(mean[0].accuracy, 0.863, 5e-4);
  EXPECT_NEAR(mean[1].accuracy, 0.863, 5e-4);
  EXPECT_EQ(pairs, 1539U);
  EXPECT_EQ(ties, 6U);
}

}  // namespace
}  // namespace juror
