#include "preference/rating.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "preference/example.h"

namespace juror {
namespace {

TEST(ModelledShare, IsTheNormalDistributionAtTheDifferenceOverBothSpreads) {
  // Φ(10/√(3² + 4²)) = Φ(2); Φ(−1) for the mirrored half difference.
  EXPECT_NEAR(modelled_share(10, 3, 4), 0.977249868051821, 1e-12);
  EXPECT_NEAR(modelled_share(-5, 3, 4), 0.158655253931457, 1e-12);
  EXPECT_DOUBLE_EQ(modelled_share(0, 3, 4), 0.5);
}

TEST(ModelledShare, RefusesASpreadOfZero) { EXPECT_THROW(modelled_share(10, 0, 4), Error); }

TEST(ShareOfCounts, CountsMeetingsOfOnePersonOfEachWithTiesHalf) {
  // a: 1 person says 1, 3 say 2; b: 2 say 1, 2 say 2. Of 16 meetings a is above in 3·2 = 6, tied
  // in 1·2 + 3·2 = 8, below in 1·2 = 2: (6 + 4)/16.
  EXPECT_DOUBLE_EQ(share_of_counts({1, 3}, {2, 2}), 0.625);
  EXPECT_DOUBLE_EQ(share_of_counts({2, 2}, {1, 3}), 0.375);
  EXPECT_DOUBLE_EQ(share_of_counts({0, 0, 5}, {3, 0, 0}), 1.0);
}

TEST(ShareOfCounts, RefusesScalesOfDifferentLengthAndNobody) {
  EXPECT_THROW(share_of_counts({1, 2}, {1, 2, 3}), Error);
  EXPECT_THROW(share_of_counts({0, 0}, {1, 2}), Error);
}

TEST(RatingOfCounts, HasTheMeanAndTheSampleSpread) {
  const Rating rating = rating_of_counts({1, 0, 3});  // 1, 3, 3, 3
  EXPECT_DOUBLE_EQ(rating.mean, 2.5);
  EXPECT_DOUBLE_EQ(*rating.sd, 1.0);  // (2.25 + 3·0.25)/3
  EXPECT_DOUBLE_EQ(*rating.count, 4);
  EXPECT_THROW(rating_of_counts({0, 1, 0}), Error);
}

TEST(RatedShare, TakesCountsThenSpreadsThenMeans) {
  const Rating counted = rating_of_counts({1, 3}), other = rating_of_counts({2, 2});
  EXPECT_EQ(share_source(counted, other), ShareSource::kRatingCounts);
  EXPECT_DOUBLE_EQ(rated_share(counted, other), 0.625);
  const Rating a{.mean = 60, .sd = 3}, b{.mean = 50, .sd = 4}, bare{.mean = 50};
  EXPECT_EQ(share_source(a, b), ShareSource::kModelled);
  EXPECT_NEAR(rated_share(a, b), 0.977249868051821, 1e-12);
  EXPECT_EQ(share_source(a, bare), ShareSource::kMeans);
  EXPECT_EQ(rated_share(a, bare), 1);
  EXPECT_EQ(rated_share(bare, b), 0.5);
}

TEST(VoteShare, OfAnExampleWithRatingsIsTheirs) {
  const PreferenceExample example{.id = "x",
                                  .images = {"a", "b"},
                                  .ranking = {1, 2},
                                  .ratings = {{.mean = 60, .sd = 3}, {.mean = 50, .sd = 4}}};
  EXPECT_NEAR(*vote_share(example, 0, 1), 0.977249868051821, 1e-12);
  EXPECT_NEAR(*vote_share(example, 1, 0), 1 - 0.977249868051821, 1e-12);
  EXPECT_EQ(share_source(example, 0, 1), ShareSource::kModelled);
}

TEST(CheckExample, RefusesRatingsOfAnotherNumberThanTheImages) {
  const PreferenceExample example{.id = "x", .images = {"a", "b"}, .ratings = {{.mean = 1}}};
  EXPECT_THROW(check_example(example), Error);
}

}  // namespace
}  // namespace juror
