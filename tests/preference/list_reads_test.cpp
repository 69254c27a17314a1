// Votes on lists: what they say of strengths, and which lists are asked next.
#include "preference/list_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "preference/list_choice.h"
#include "preference/ranking.h"
#include "preference/strengths.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A pair, and choices among four and three images.
const std::vector<PairWins> kPairs = {{0, 1, 7.2, 8}};
const std::vector<SoftChoice> kChoices = {{{0, 1, 2, 3}, {3.0, 0.5, 1.5, 1.0}},
                                          {{1, 2, 3}, {2, 1, 3}}};

// References: numpy Newton iterations on −t²/2sd² + Σ pairs + Σ wins·log softmax; sd = sqrt(diag(P
// H⁻¹ P)).
TEST(PlackettLuce, EqualsTheReferenceFitTogetherWithPairs) {
  const BradleyTerryFit fit = fit_bradley_terry(4, kPairs, 1.5, {}, kChoices);
  EXPECT_THAT(
      fit.strength,
      ElementsAre(DoubleNear(0.945784055274274, 1e-9), DoubleNear(-0.593166584067217, 1e-9),
                  DoubleNear(-0.377454980619170, 1e-9), DoubleNear(0.024837509412111, 1e-9)));
  EXPECT_THAT(
      fit.sd,
      ElementsAre(DoubleNear(0.447498153910084, 1e-9), DoubleNear(0.429360865523977, 1e-9),
                  DoubleNear(0.496708482239362, 1e-9), DoubleNear(0.447898820167902, 1e-9)));
}

TEST(PlackettLuce, IsTheSameByConjugateGradients) {
  Strengths strengths(4, 1.5);
  fit(strengths, kPairs, SpreadFit::kNone, kChoices);
  const BradleyTerryFit exact = fit_bradley_terry(4, kPairs, 1.5, {}, kChoices);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(strengths.mean[i], exact.strength[i], 1e-6);
}

TEST(PlackettLuce, OfTwoImagesIsBradleyTerry) {
  const std::vector<SoftChoice> two = {{{0, 1}, {7.2, 0.8}}};
  const BradleyTerryFit listed = fit_bradley_terry(2, {}, 1.5, {}, two);
  const BradleyTerryFit paired = fit_bradley_terry(2, kPairs, 1.5);
  EXPECT_NEAR(listed.strength[0], paired.strength[0], 1e-9);
  EXPECT_NEAR(listed.sd[0], paired.sd[0], 1e-9);
}

TEST(PlackettLuce, RefusesImpossibleChoices) {
  const auto refusal = [](const SoftChoice& choice) {
    return refusal_of([&] { fit_bradley_terry(3, {}, 1, {}, std::vector{choice}); },
                      ErrorKind::kUser);
  };
  EXPECT_THAT(refusal({{0, 0}, {1, 0}}), HasSubstr("different images"));
  EXPECT_THAT(refusal({{0, 3}, {1, 0}}), HasSubstr("of 3 in all"));
  EXPECT_THAT(refusal({{0, 1}, {1}}), HasSubstr("1 numbers of wins"));
  EXPECT_THAT(refusal({{0, 1}, {1, -1}}), HasSubstr("wins below 0"));
}

TEST(ListReads, TurnAVoteThatSawTheListBackwards) {
  Vote vote{.swapped = true};
  vote.verdict.ranking = {0, 2, 1};  // as shown: the last of the list is the best
  vote.verdict.first_place = {0.7, 0.1, 0.2};
  const Vote unread{.swapped = false};
  const std::vector<ListRead> reads = list_reads_of(std::vector{vote, unread}, 3);
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_THAT(reads[0].ranking, ElementsAre(2, 0, 1));
  EXPECT_THAT(reads[0].first, ElementsAre(0.2, 0.1, 0.7));
}

TEST(ListReads, AreChoicesAmongTheImagesThatAreLeft) {
  const std::vector<ListReads> lists = {
      {{7, 8, 9}, {{{2, 0, 1}, {0.2, 0.1, 0.7}}, {{0, 1, 2}, {}}}}};
  const std::vector<SoftChoice> choices = choices_of(lists);
  ASSERT_EQ(choices.size(), 3U);
  EXPECT_THAT(choices[0].images, ElementsAre(7, 8));  // behind 9
  EXPECT_THAT(choices[0].wins, ElementsAre(1, 0));
  EXPECT_THAT(choices[1].images, ElementsAre(8, 9));  // behind 7
  EXPECT_THAT(choices[2].images, ElementsAre(7, 8, 9));
  EXPECT_THAT(choices[2].wins, ElementsAre(1.2, 0.1, 0.7));
}

TEST(RankImages, ByListsPutsTheUsualWinnerFirstAndCountsWhatWasCompared) {
  const std::vector<ListReads> lists = {{{0, 1, 2}, {{{1, 2, 0}, {}}, {{1, 0, 2}, {}}}},
                                        {{1, 2, 3}, {{{0, 2, 1}, {}}}}};
  const Ranking ranking = rank_images(4, {}, {}, lists);
  EXPECT_EQ(ranking.order.front(), 1U);
  EXPECT_EQ(ranking.comparisons, 6);
  EXPECT_EQ(ranking.items[3].comparisons, 2);
  EXPECT_EQ(ranking.components, 1);
  EXPECT_EQ(ranking.cycles, 0);
  EXPECT_LT(ranking.items[1].score_low, ranking.items[1].score);
}

double softness_of(const ListRead& read) {
  const std::vector<ListReads> lists = {{{7, 8, 9}, {read, read}}};
  double softness = 0;
  for (const SoftChoice& choice : choices_of(lists)) softness += choice.softness;
  return softness;
}

TEST(ListReads, AreAsSoftAsTheirFirstPlacesAre) {
  EXPECT_EQ(softness_of({{2, 0, 1}, {}}), 0) << "an order alone is a toss";
  // half of 0.2 · 0.8 + 0.1 · 0.9 + 0.7 · 0.3, twice
  EXPECT_NEAR(softness_of({{2, 0, 1}, {0.2, 0.1, 0.7}}), 0.46, 1e-12);
}

/// Eight times the same order of five images: votes that are tosses agree by more than chance only
/// as far as a coin can.
TEST(RankImages, BelievesEqualOrdersOfAListNoMoreThanTosses) {
  ListReads list{.images = {0, 1, 2, 3, 4}, .reads = {}};
  for (int vote = 0; vote < 8; ++vote) list.reads.push_back({{0, 1, 2, 3, 4}, {}});
  const Ranking ranking = rank_images(5, {}, {}, std::vector{list});
  EXPECT_NEAR(ranking.dispersion, 1, 1e-9);
  EXPECT_LT(ranking.items[0].score_low, 0.95);
  EXPECT_GT(ranking.items[0].score_high, ranking.items[0].score_low);
}

TEST(ListsOfRound, HoldEachImageOnceInListsOfTheSizeOrOneFewer) {
  for (const std::size_t n : {5U, 6U, 7U, 13U}) {
    const auto lists = lists_of_round(Strengths(n), 4, 0, 1);
    std::set<std::size_t> seen;
    for (const auto& list : lists) {
      EXPECT_GE(list.size(), 2U);
      EXPECT_LE(list.size(), 4U);
      seen.insert(list.begin(), list.end());
    }
    EXPECT_EQ(seen.size(), n);
  }
}

TEST(ListsOfRound, HoldNeighboursOnceStrengthsAreKnown) {
  Strengths known(8);
  for (std::size_t i = 0; i < 8; ++i) known.mean[i] = static_cast<double>(i) - (i % 2 == 0 ? 0 : 8);
  known.variance.assign(8, 1e-6);
  EXPECT_THAT(lists_of_round(known, 4, 3, 1),
              ElementsAre(ElementsAre(0, 2, 4, 6), ElementsAre(1, 3, 5, 7)));
  EXPECT_NE(lists_of_round(Strengths(8), 4, 0, 1), lists_of_round(Strengths(8), 4, 1, 1));
}

TEST(DefaultLists, AreOneForFewAndFewerThanPairsForMany) {
  EXPECT_EQ(default_lists(4, 4), 1);
  EXPECT_EQ(default_lists(10, 4), 15);   // 45 pairs, three choices a list
  EXPECT_EQ(default_lists(100, 6), 99);  // 491 pairs
}

}  // namespace
}  // namespace juror
