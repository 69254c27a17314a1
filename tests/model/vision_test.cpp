// Numbers by hand for what families differ in: learned positions stretched over an image, and the
// axes that rope frequencies follow.
#include "model/vision.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "model/decoder.h"

namespace juror {
namespace {

/// A table whose place (row, column) holds (row, column): mixed linearly, it tells where one is.
Tensor coordinates(std::int64_t side) {
  const Tensor line = at::arange(side, at::kFloat);
  return at::stack({line.unsqueeze(1).expand({side, side}), line.expand({side, side})}, -1)
      .reshape({-1, 2});
}

/// Positions of h x w patches, [h·w, 2], in row order (2x2 blocks).
Tensor stretched(std::int64_t side, std::int64_t h, std::int64_t w) {
  VisionConfig config;
  config.position_side = side;
  return stretched_positions(config, coordinates(side), {{.t = 1, .h = h, .w = w}});
}

TEST(StretchedPositions, AreTheTableWhereTheImageIsAsLarge) {
  const Tensor found = stretched(4, 4, 4);
  EXPECT_EQ(found[0][0].item<float>(), 0);
  const float block[4][2] = {{0, 2}, {0, 3}, {1, 2}, {1, 3}};  // the second block of 2x2 patches
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found[4 + i][0].item<float>(), block[i][0]);
    EXPECT_EQ(found[4 + i][1].item<float>(), block[i][1]);
  }
}

TEST(StretchedPositions, ReachFromEdgeToEdgeOfEveryImage) {
  const Tensor found = stretched(48, 4, 2);  // rows at 0, 15.667, 31.333 and 47
  const float rows[] = {0, 0, 47.F / 3, 47.F / 3, 94.F / 3, 94.F / 3, 47, 47};
  const float columns[] = {0, 47, 0, 47, 0, 47, 0, 47};
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(found[i][0].item<float>(), rows[i], 1e-4) << i;
    EXPECT_NEAR(found[i][1].item<float>(), columns[i], 1e-4) << i;
  }
}

/// Which axis each frequency follows: with theta 1 every angle is the position on its axis.
std::string axes(std::array<std::int64_t, 3> section, bool is_interleaved) {
  TextConfig config;
  config.traits.is_rope_interleaved = is_interleaved;
  config.head_size = 2 * (section[0] + section[1] + section[2]);
  config.rope_theta = 1;
  config.mrope_section = section;
  const Tensor positions = at::tensor({0, 1, 2}, at::kLong).reshape({3, 1});
  const Tensor sines = mrope_table(config, positions).sin.flatten();
  std::string found;
  for (std::int64_t k = 0; k < sines.size(0); ++k) {
    const double angle = std::asin(sines[k].item<double>());  // 2 comes back as π − 2
    found += angle < 0.5 ? 'T' : angle < 1.1 ? 'H' : 'W';
  }
  return found;
}

TEST(MropeTable, GivesEachAxisItsRunOrItsTurn) {
  EXPECT_EQ(axes({2, 3, 3}, false), "TTHHHWWW");
  EXPECT_EQ(axes({4, 2, 2}, true), "THWTHWTT");
  std::string qwen3;  // 24, 20 and 20 frequencies of heads of 128
  for (int i = 0; i < 20; ++i) qwen3 += "THW";
  EXPECT_EQ(axes({24, 20, 20}, true), qwen3 + "TTTT");
}

}  // namespace
}  // namespace juror
