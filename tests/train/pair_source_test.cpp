// In what order pairs come, and how often.
#include "train/pair_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <vector>

namespace juror {
namespace {

TEST(ItemAt, GivesEachItemItsShareOfTheWay) {
  const std::vector<double> sums = {1, 1.5, 3.5, 4};  // weights 1, ½, 2, ½
  EXPECT_EQ(item_at(sums, 0), 0U);
  EXPECT_EQ(item_at(sums, 0.24), 0U);
  EXPECT_EQ(item_at(sums, 0.25), 1U);
  EXPECT_EQ(item_at(sums, 0.8), 2U);
  EXPECT_EQ(item_at(sums, 1), 3U);
  std::map<std::size_t, int> counts;
  for (int step = 0; step < 8; ++step) ++counts[item_at(sums, (step + 0.3) / 8)];
  EXPECT_EQ(counts, (std::map<std::size_t, int>{{0, 2}, {1, 1}, {2, 4}, {3, 1}}));
}

TEST(ShuffledIndex, VisitsEveryPlaceOnceARoundInANewOrder) {
  for (const std::uint64_t count : {1U, 2U, 12U, 97U}) {
    std::vector<std::uint64_t> first, second;
    for (std::uint64_t i = 0; i < count; ++i) {
      first.push_back(shuffled_index(5, i, count));
      second.push_back(shuffled_index(5, count + i, count));
    }
    if (count > 2) EXPECT_NE(first, second);
    std::vector<std::uint64_t> all(count);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_THAT(first, ::testing::UnorderedElementsAreArray(all));
    EXPECT_THAT(second, ::testing::UnorderedElementsAreArray(all));
  }
}

}  // namespace
}  // namespace juror
