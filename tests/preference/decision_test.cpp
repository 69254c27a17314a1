#include "preference/decision.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

TEST(ChoiceProbability, IsTheSoftmaxOfTwoLogits) {
  EXPECT_DOUBLE_EQ(choice_probability(1.5, 1.5), 0.5);
  EXPECT_NEAR(choice_probability(2.0, 0.0), 0.8807970779778823, 1e-15);
  EXPECT_NEAR(choice_probability(0.0, 2.0), 0.11920292202211755, 1e-15);
  EXPECT_DOUBLE_EQ(choice_probability(1000, -1000), 1);
  EXPECT_DOUBLE_EQ(choice_probability(-1000, 1000), 0);
  EXPECT_THROW(choice_probability(std::nan(""), 0), Error);
  EXPECT_THROW(choice_probability(0, std::nan("")), Error);
}

TEST(ScoresProbability, DividesTheGapByTheTemperature) {
  EXPECT_NEAR(scores_probability(8, 6, 1), 0.8807970779778823, 1e-15);
  EXPECT_NEAR(scores_probability(8, 6, 2), 0.7310585786300049, 1e-15);
  EXPECT_DOUBLE_EQ(scores_probability(7, 7, 0.5), 0.5);
  EXPECT_THROW(scores_probability(7, 6, 0), Error);
}

TEST(IsSaturated, MeansLessThanOnePercentDoubt) {
  EXPECT_TRUE(is_saturated(0.995));
  EXPECT_TRUE(is_saturated(0.005));
  EXPECT_FALSE(is_saturated(0.98));
  EXPECT_FALSE(is_saturated(std::nan("")));
}

TEST(ExpectedRating, IsTheMeanUnderTheDigits) {
  std::vector<double> logprobs(10, -INFINITY);
  logprobs[6] = std::log(0.25), logprobs[8] = std::log(0.75);
  EXPECT_NEAR(expected_rating(logprobs), 7.5, 1e-12);
}

TEST(FirstPlace, IsTheSoftmaxOverTheImagesShown) {
  std::vector<double> logprobs(10, -INFINITY);
  logprobs[0] = 0, logprobs[1] = std::log(0.1), logprobs[2] = std::log(0.3), logprobs[9] = 0;
  const std::vector<double> first = first_place_probabilities(logprobs, 3);
  EXPECT_NEAR(first[0], 0.25, 1e-12);
  EXPECT_NEAR(first[1], 0.75, 1e-12);
  EXPECT_EQ(first[2], 0);
  EXPECT_TRUE(first_place_probabilities(std::vector<double>(10, -INFINITY), 3).empty());
}

}  // namespace
}  // namespace juror
