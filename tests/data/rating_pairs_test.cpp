#include "data/rating_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"

namespace juror {
namespace {

std::vector<double> evenly_spaced(std::size_t count) {
  std::vector<double> means;
  for (std::size_t i = 0; i < count; ++i) means.push_back(static_cast<double>(i));
  return means;
}

std::vector<RatedPair> draw(const std::vector<double>& means, const RatingOptions& options,
                            std::int64_t seed = 0) {
  return draw_rated_pairs(means, std::vector<std::string>(means.size()), options, seed);
}

std::set<std::pair<std::size_t, std::size_t>> unordered(const std::vector<RatedPair>& pairs) {
  std::set<std::pair<std::size_t, std::size_t>> set;
  for (const RatedPair& pair : pairs) set.insert(std::minmax(pair.first, pair.second));
  return set;
}

TEST(RatedPairs, AreAllPairsOnceWhereThereAreNoMore) {
  const auto pairs = draw(evenly_spaced(5), {.pairs = 100});
  EXPECT_EQ(pairs.size(), 10U);
  EXPECT_EQ(unordered(pairs).size(), 10U);
}

TEST(RatedPairs, AreTenTimesAsManyAsImagesByDefault) {
  EXPECT_EQ(draw(evenly_spaced(50), {}).size(), 500U);
}

TEST(RatedPairs, DependOnTheSeedAlone) {
  const auto means = evenly_spaced(30);
  EXPECT_EQ(draw(means, {.pairs = 40}, 3), draw(means, {.pairs = 40}, 3));
  EXPECT_NE(draw(means, {.pairs = 40}, 3), draw(means, {.pairs = 40}, 4));
}

TEST(RatedPairs, OfALargerNumberBeginWithThoseOfASmaller) {
  const auto means = evenly_spaced(30);
  auto many = draw(means, {.pairs = 60});
  many.resize(20);
  EXPECT_EQ(many, draw(means, {.pairs = 20}));
}

TEST(RatedPairs, DifferByTheLeastDifferenceAndNeverTie) {
  const std::vector<double> means = {10, 10, 12, 15};
  EXPECT_EQ(draw(means, {.pairs = 100}).size(), 5U);  // all but the first two
  const auto far = unordered(draw(means, {.pairs = 100, .min_difference = 3}));
  EXPECT_THAT(far, ::testing::ElementsAre(std::pair{0, 3}, std::pair{1, 3}, std::pair{2, 3}));
}

TEST(RatedPairs, StayWithinTheirGroup) {
  const std::vector<double> means = {1, 2, 3, 4, 5};
  const auto pairs = draw_rated_pairs(means, {"a", "b", "a", "b", "a"}, {.pairs = 100}, 0);
  EXPECT_THAT(unordered(pairs), ::testing::ElementsAre(std::pair{0, 2}, std::pair{0, 4},
                                                       std::pair{1, 3}, std::pair{2, 4}));
}

TEST(RatedPairs, ShowTheBetterImageFirstHalfOfTheTime) {
  const auto pairs = draw(evenly_spaced(100), {.pairs = 2000});
  const auto better_first = std::count_if(
      pairs.begin(), pairs.end(), [](const RatedPair& pair) { return pair.first > pair.second; });
  EXPECT_NEAR(static_cast<double>(better_first), 1000, 90);  // four standard deviations
}

TEST(RatedPairs, BalancedGiveEveryTenthOfTheRangeAnEqualShare) {
  // Differences 1 … 100 of 101 images; a tenth is 9.9 wide, and the highest has the fewest pairs:
  // differences above 90.1, 1 + 2 + … + 10 = 55.
  const auto means = evenly_spaced(101);
  const auto pairs = draw(means, {.pairs = 500, .balanced = true});
  ASSERT_EQ(pairs.size(), 500U);
  std::vector<int> tenths(10);
  for (const RatedPair& pair : pairs) {
    const double difference = std::abs(means[pair.first] - means[pair.second]);
    ++tenths[static_cast<std::size_t>(std::min(9.0, std::floor((difference - 1) / 9.9)))];
  }
  EXPECT_THAT(tenths, ::testing::Each(50));
}

TEST(RatedPairs, BalancedTakeFromTheOthersWhatATenthDoesNotHave) {
  // One image far off: five pairs differ by 95 or more, the ten others by 5 at most.
  const auto pairs = draw({0, 1, 2, 3, 4, 100}, {.pairs = 12, .balanced = true});
  const auto far = std::count_if(pairs.begin(), pairs.end(), [](const RatedPair& pair) {
    return pair.first == 5 || pair.second == 5;
  });
  EXPECT_EQ(pairs.size(), 12U);
  EXPECT_EQ(far, 5);
}

TEST(RatedPairs, OfVeryManyImagesAreSampled) {
  const auto pairs = draw(evenly_spaced(100'000), {.pairs = 1000});
  EXPECT_EQ(unordered(pairs).size(), 1000U);
  double sum = 0;
  for (const RatedPair& pair : pairs)
    sum += std::abs(static_cast<double>(pair.first) - static_cast<double>(pair.second));
  EXPECT_NEAR(sum / 1000, 100'000 / 3.0, 3'000);  // the mean of two uniform draws' distance
}

TEST(RatedPairs, AreRefusedWhereNoneIsLeft) {
  EXPECT_THROW(draw({5}, {}), Error);
  EXPECT_THROW(draw({5, 5}, {}), Error);
  EXPECT_THROW(draw({5, 6}, {.min_difference = 2}), Error);
  EXPECT_THROW(draw_rated_pairs({1, 2}, {"a", "b"}, {}, 0), Error);
}

}  // namespace
}  // namespace juror
