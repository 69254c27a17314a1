#include "preference/pair_order.h"

#include <gtest/gtest.h>

#include <set>

namespace juror {
namespace {

TEST(PairsInRounds, HoldEveryPairOnce) {
  for (std::size_t n = 0; n <= 9; ++n) {
    const auto pairs = pairs_in_rounds(n);
    EXPECT_EQ(pairs.size(), n * (n - (n > 0)) / 2) << n;
    EXPECT_EQ(std::set(pairs.begin(), pairs.end()).size(), pairs.size()) << n;
    for (const auto& [first, second] : pairs) EXPECT_LT(first, second);
  }
}

TEST(PairsInRounds, LetEachImageStandOnceARound) {
  for (const std::size_t n : {6U, 7U}) {
    const auto pairs = pairs_in_rounds(n);
    const std::size_t size = n / 2;
    for (std::size_t begin = 0; begin < pairs.size(); begin += size) {
      std::set<std::size_t> seen;
      for (std::size_t i = begin; i < begin + size; ++i) {
        seen.insert(pairs[i].first);
        seen.insert(pairs[i].second);
      }
      EXPECT_EQ(seen.size(), 2 * size) << n;
    }
  }
}

}  // namespace
}  // namespace juror
