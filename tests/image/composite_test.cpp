#include "image/composite.h"

#include <gtest/gtest.h>

#include <vector>

namespace juror {
namespace {

// By hand: alpha 128 of 100 on 255: (128·100 + 127·255) / 255 = 177.196…; on 0: 50.196….
TEST(Composite, MixesByAlphaRoundedToTheNearest) {
  const std::vector<std::uint8_t> rgba = {100, 0, 255, 128, 9, 9, 9, 0, 1, 2, 3, 255};
  std::vector<std::uint8_t> rgb(9);
  EXPECT_TRUE(composite(rgba.data(), 3, {255, 0, 0}, rgb.data()));
  EXPECT_EQ(rgb, (std::vector<std::uint8_t>{177, 0, 128, 255, 0, 0, 1, 2, 3}));
  composite(rgba.data(), 1, {0, 0, 0}, rgb.data());
  EXPECT_EQ(rgb[0], 50);
}

TEST(Composite, MayWriteOverWhatItReads) {
  std::vector<std::uint8_t> pixels = {10, 20, 30, 255, 40, 50, 60, 255};
  EXPECT_FALSE(composite(pixels.data(), 2, {0, 0, 0}, pixels.data()));
  pixels.resize(6);
  EXPECT_EQ(pixels, (std::vector<std::uint8_t>{10, 20, 30, 40, 50, 60}));
}

}  // namespace
}  // namespace juror
