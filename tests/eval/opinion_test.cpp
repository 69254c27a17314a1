// The protocol `opinion` on three rated images, worked out by hand.
#include "eval/opinion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "eval/compare_journals.h"
#include "eval/eval_fixtures.h"
#include "eval/results.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

constexpr double kSd = 35.35533905932738;  // of both: √(s₁² + s₂²) = 50
constexpr double kScale30 = 0.7257468822499265, kScale10 = 0.579259709439103,
                 kScale40 = 0.7881446014166033;  // Φ(0.6), Φ(0.2), Φ(0.8)

PreferenceExample pair_of(const std::string& first, double mean_first, const std::string& second,
                          double mean_second) {
  return {.id = first + " vs " + second,
          .images = {first, second},
          .ranking = mean_first > mean_second ? Ranks{1, 2} : Ranks{2, 1},
          .ratings = {{.mean = mean_first, .sd = kSd}, {.mean = mean_second, .sd = kSd}}};
}

/// Means 80, 50 and 40. The model is wrong on the close pair; the scorer knows the order.
OpinionResults three_images() {
  OpinionResults results({.low = 0, .high = 100}, 0);
  results.add_judge("model", "model");
  results.add_judge("scorer", "scorer");
  results.add(pair_of("a", 80, "b", 50), {{.p = 0.9}, {.p = 0.6, .scores = {3, 2}}});
  results.add(pair_of("c", 40, "b", 50), {{.p = 0.7}, {.p = 0.4, .scores = {1, 2}}});
  results.add(pair_of("a", 80, "c", 40), {{.p = 0.8}, {.p = 0.9, .scores = {3, 1}}});
  return results;
}

double accuracy(const OpinionResults::Row& row, const std::string& bin) {
  for (const Measured& measured : row.accuracy) {
    if (measured.name == bin) return measured.accuracy;
  }
  return kUnknown;
}

TEST(Opinion, CountsPairsByTheDifferenceOfTheirMeans) {
  const auto rows = three_images().rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_DOUBLE_EQ(accuracy(rows[0], "all pairs"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(accuracy(rows[0], "over 20 points"), 1);
  EXPECT_DOUBLE_EQ(accuracy(rows[0], "5 to 10 points"), 0);
  EXPECT_DOUBLE_EQ(accuracy(rows[0], "20 to 40 points"), 1);
  EXPECT_TRUE(std::isnan(accuracy(rows[0], "over 40 points")));
  EXPECT_DOUBLE_EQ(accuracy(rows[1], "all pairs"), 1);
}

TEST(Opinion, PutsOnePersonBesideWhoAnswersWithTheVoteShare) {
  const auto rows = three_images().rows();
  EXPECT_EQ(rows[2].name, "one person (modelled)");
  EXPECT_NEAR(accuracy(rows[2], "all pairs"), (kScale30 + kScale10 + kScale40) / 3, 1e-12);
  EXPECT_NEAR(accuracy(rows[2], "5 to 10 points"), kScale10, 1e-12);
  EXPECT_FALSE(rows[2].correlations);
}

TEST(Opinion, ScoresProbabilitiesAgainstTheVoteShare) {
  const auto rows = three_images().rows();
  const double brier = (std::pow(0.9 - kScale30, 2) + std::pow(0.7 - (1 - kScale10), 2) +
                        std::pow(0.8 - kScale40, 2)) /
                       3;
  EXPECT_NEAR(rows[0].brier, brier, 1e-12);
}

TEST(Opinion, CorrelatesScoresOfImagesWithTheirMeans) {
  const auto rows = three_images().rows();
  ASSERT_TRUE(rows[0].correlations);
  EXPECT_DOUBLE_EQ(rows[1].correlations->srocc.value, 1);
  EXPECT_DOUBLE_EQ(rows[1].correlations->krcc.value, 1);
  // (1, 0, −1)·(70, −20, −50)/3 over √(2·(70² + 20² + 50²)/9).
  EXPECT_NEAR(rows[1].correlations->plcc_plain.value, 120 / std::sqrt(2 * 7800.0), 1e-12);
  EXPECT_EQ(rows[1].correlations->n, 3);
  // The model puts a first, then c, then b: one of three pairs turned round.
  EXPECT_NEAR(rows[0].correlations->krcc.value, 1.0 / 3, 1e-12);
}

TEST(Opinion, SaysWhereVoteSharesComeFrom) {
  const auto json = three_images().json();
  EXPECT_EQ(json["shares_from"][0]["from"], "modelled");
  EXPECT_EQ(json["shares_from"][0]["pairs"], 3);
  EXPECT_EQ(json["images"].size(), 3U);
  EXPECT_EQ(json["images"][0]["mean"], 80.0);
}

TEST(Opinion, TakesPointsOfAHundredWhateverTheScale) {
  OpinionResults results({.low = 1, .high = 5}, 0);
  results.add_judge("model", "model");
  results.add(pair_of("a", 4, "b", 3), {{.p = 0.9}});  // a quarter of the scale
  EXPECT_DOUBLE_EQ(accuracy(results.rows()[0], "20 to 40 points"), 1);
}

TEST(Opinion, RefusesWhatIsNotRated) {
  OpinionResults results({}, 0);
  results.add_judge("model", "model");
  const PreferenceExample example{.id = "x", .images = {"a", "b"}, .ranking = {1, 2}};
  EXPECT_THAT(refusal_of([&] { results.add(example, {{.p = 0.5}}); }, ErrorKind::kUser),
              HasSubstr("judges pairs of rated images, and 'x' is none"));
}

/// A judge that is right on the pairs of `good` images and wrong on the others.
EvalJournal journal_of(std::size_t good) {
  EvalJournal journal{.header = {{"protocol", "opinion"}}};
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t j = i + 1; j < 30; ++j) {
      EvalExample example{.id = fmt::format("{} vs {}", i, j),
                          .images = {std::to_string(i), std::to_string(j)},
                          .sizes = {{1, 1}, {1, 1}},
                          .ranks = {1, 2},
                          .means = {60, 50}};
      example.pairs.push_back({.first = 0, .second = 1, .share = 0.6, .share_from = "modelled"});
      example.pairs[0].result.p = i < good ? 0.8 : 0.2;
      journal.examples.push_back(finished(example));
    }
  }
  return journal;
}

TEST(OpinionJournals, AreComparedOverImages) {
  const auto same = compare_journals(journal_of(20), journal_of(20), 0, 0);
  EXPECT_EQ(same.differences[0].difference, 0);
  EXPECT_FALSE(same.differences[0].is_real);
  const auto apart = compare_journals(journal_of(28), journal_of(2), 0, 0);
  EXPECT_TRUE(apart.differences[0].is_real);
  // One image decides 28 of 435 pairs: no difference that other images need show.
  EXPECT_FALSE(compare_journals(journal_of(2), journal_of(1), 0, 0).differences[0].is_real);
}

TEST(OpinionRecords, KeepMeansAndTheOriginOfTheShare) {
  EvalExample example{.id = "a vs b",
                      .images = {"a", "b"},
                      .sizes = {{1, 1}, {1, 1}},
                      .ranks = {1, 2},
                      .means = {60, 50}};
  example.pairs.push_back({.first = 0, .second = 1, .share = 0.6, .share_from = "modelled"});
  const auto json = record_json(example, 0, {});
  EXPECT_EQ(json["share_from"], "modelled");
  EvalExample read;
  read_record(json, "here", read);
  EXPECT_EQ(read.means, example.means);
  EXPECT_EQ(read.pairs[0].share_from, "modelled");
  example.means = {60};
  EvalExample other;
  EXPECT_THROW(read_record(record_json(example, 0, {}), "here", other), Error);
}

}  // namespace
}  // namespace juror
