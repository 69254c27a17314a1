// In what order pairs come, and how often.
#include "train/pair_source.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace juror {
namespace {

TEST(ShuffledIndex, VisitsEachOnceARound) {
  for (const std::uint64_t round : {0U, 3U}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 12; ++i) seen.insert(shuffled_index(5, 12 * round + i, 12));
    EXPECT_EQ(seen.size(), 12U);
  }
}

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

}  // namespace
}  // namespace juror
