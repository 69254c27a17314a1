#include "preference/rating_votes.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juror {
namespace {

TEST(VotesOfRatings, PairTheKthOfEachImageAndAreReadWhereBothAre) {
  const Verdict eight{.thinking = "sharp", .answer = "8", .status = Status::kOk, .rating = 8},
      six{.thinking = "soft", .answer = "6", .status = Status::kForced, .rating = 6},
      none{.answer = "?", .status = Status::kBadAnswer};
  const std::vector<Vote> votes = votes_of_ratings({{{eight, eight, eight}, {six, none}}}, 2.0);
  ASSERT_EQ(votes.size(), 2U);  // of the third there is none of the other image
  EXPECT_NEAR(votes[0].verdict.p, 1 / (1 + std::exp(-1.0)), 1e-12);  // σ((8 − 6) / 2)
  EXPECT_EQ(votes[0].verdict.answer, "8 6");
  EXPECT_EQ(votes[0].verdict.thinking, "Image 1: sharp\nImage 2: soft");
  EXPECT_EQ(votes[0].verdict.status, Status::kForced);
  EXPECT_TRUE(std::isnan(votes[1].verdict.p));
  EXPECT_EQ(votes[1].verdict.status, Status::kBadAnswer);
}

}  // namespace
}  // namespace juror
