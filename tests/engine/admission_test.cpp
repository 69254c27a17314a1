// Room and need as numbers; what the engine makes of them is in budget_test.cpp.
#include "engine/admission.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace juror
