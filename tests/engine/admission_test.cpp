// Room and need as numbers; what the engine makes of them is in budget_test.cpp.
#include "engine/admission.h"

#include <gtest/gtest.h>

#include "engine/suffix_cache.h"
#include "engine/tiny_model.h"

namespace juror {
namespace {

const Room kRoom{.rows = 2, .tokens = 100, .longest = 100, .bytes = 1000};

TEST(Room, FitsWhatIsLeftOfEveryBudgetAndNoMore) {
  EXPECT_TRUE(kRoom.fits({.rows = 2, .tokens = 100, .bytes = 1000}));
  EXPECT_FALSE(kRoom.fits({.tokens = 1, .bytes = 1001}));
  Room left = kRoom;
  left.take({.rows = 1, .tokens = 60, .bytes = 900});
  EXPECT_TRUE(left.fits({.rows = 1, .tokens = 40, .bytes = 100}));
  EXPECT_FALSE(left.fits({.tokens = 41}));
  EXPECT_FALSE(left.fits({.bytes = 101}));
}

TEST(Room, OneFreeRowAdmitsARequestOfAnyNumberOfCompletions) {
  Room left = kRoom;
  EXPECT_TRUE(left.fits({.rows = 9}));
  left.take({.rows = 9});
  EXPECT_FALSE(left.fits({.rows = 1}));
  EXPECT_TRUE(left.fits({.rows = 0}));
}

TEST(Room, APromptThatPassesInPiecesNeedsThatNoOtherWaits) {
  Room left = kRoom;
  EXPECT_TRUE(left.fits({.tokens = 5000}));
  left.take({.tokens = 1});
  EXPECT_FALSE(left.fits({.tokens = 5000}));
  left = kRoom;
  left.take({.tokens = 5000});
  EXPECT_FALSE(left.fits({.tokens = 1}));
  EXPECT_TRUE(left.fits({.rows = 1, .bytes = 10}));  // its prompt is known
}

TEST(PrefixBytes, AreThoseOfThePrefixItself) {
  const auto model = tiny_model();
  FeatureCache features;
  const Prefix prefix = prefill(*model, tiny_prompt(1, {tiny_image(1)}), features);
  // 2 layers of keys and values: 2 heads x 8 numbers a token; a hidden state of 32; 61 logits
  EXPECT_EQ(prefix_bytes(*model, 11), 4U * (2 * 2 * 11 * 2 * 8 + 32 + 61));
  EXPECT_EQ(prefix.length, 11);
  std::uint64_t bytes = prefix.hidden.nbytes() + prefix.logits.nbytes();
  for (std::size_t layer = 0; layer < 2; ++layer)
    bytes += prefix.keys[layer].nbytes() + prefix.values[layer].nbytes();
  EXPECT_EQ(bytes, prefix_bytes(*model, 11));
}

TEST(RowBytes, AreThoseOfTheSuffixCacheItself) {
  const auto model = tiny_model();
  SuffixCache cache(2);
  const Tensor rows = at::zeros({3, 2, 8});
  const auto write = [&](int tokens, const Tensor& of) {
    for (int token = 0; token < tokens; ++token) {
      cache.extend(of);
      for (std::size_t layer = 0; layer < 2; ++layer) cache.write(layer, of, of);
    }
  };
  cache.arrange({SuffixCache::kNewRow, SuffixCache::kNewRow, SuffixCache::kNewRow});
  EXPECT_EQ(cache.bytes(), row_bytes(*model, 3, 0));
  write(64, rows);
  EXPECT_EQ(cache.bytes(), row_bytes(*model, 3, 64));
  EXPECT_EQ(cache.bytes(), 2U * 2 * 3 * 64 * 2 * 8 * 4);
  write(1, rows);
  EXPECT_EQ(cache.bytes(), row_bytes(*model, 3, 65));
  EXPECT_EQ(cache.bytes(), 2U * 2 * 3 * 128 * 2 * 8 * 4);
  cache.arrange({1, SuffixCache::kNewRow});
  EXPECT_EQ(cache.bytes(), row_bytes(*model, 2, 65));
  cache.arrange({1});  // the short row alone
  write(3, rows.narrow(0, 0, 1));
  EXPECT_EQ(cache.bytes(), row_bytes(*model, 1, 3));
}

}  // namespace
}  // namespace juror
