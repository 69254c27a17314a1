// Image statistics of small pictures whose values can be worked out by hand.
#include "image/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "base/error.h"

namespace juror {
namespace {

/// A picture whose pixel (x, y) is grey of that level.
Image grey_picture(int width, int height, const std::function<int(int, int)>& level) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = static_cast<std::uint8_t>(level(x, y));
    }
  }
  return image;
}

Image coloured(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  Image image(4, 4);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    image.rgb[i] = r;
    image.rgb[i + 1] = g;
    image.rgb[i + 2] = b;
  }
  return image;
}

constexpr double kRounding = 1e-4;  // luma is kept in float32

TEST(ImageStatistics, OfAFlatGreyPictureAreZeroButForItsLight) {
  const ImageStatistics s = image_statistics(grey_picture(16, 16, [](int, int) { return 102; }));
  EXPECT_NEAR(s.brightness, 0.4, kRounding);
  EXPECT_NEAR(s.exposure_error, 0.1, kRounding);
  EXPECT_NEAR(s.haze, 0.4, 1e-12);
  EXPECT_DOUBLE_EQ(s.flatness, 1);
  for (const double zero :
       {s.sharpness_fine, s.sharpness_coarse, s.noise, s.blockiness, s.direction, s.contrast,
        s.range, s.dark_share, s.bright_share, s.colourfulness, s.colour_cast}) {
    EXPECT_NEAR(zero, 0, 1e-3);
  }
}

TEST(ImageStatistics, SharpnessIsTheVarianceOfTheLaplacian) {
  // checkerboard of 0 and 100: the Laplacian is 4·100 on black, −4·100 on white; variance 400²
  const ImageStatistics s =
      image_statistics(grey_picture(18, 18, [](int x, int y) { return (x + y) % 2 * 100; }));
  EXPECT_NEAR(s.sharpness_fine, std::log1p(160000.0), kRounding);
  EXPECT_NEAR(s.sharpness_coarse, 0, kRounding);  // each 2 × 2 has mean 50
}

TEST(ImageStatistics, CoarseSharpnessSeesWhatIsTwoPixelsWide) {
  const ImageStatistics s = image_statistics(
      grey_picture(36, 36, [](int x, int y) { return (x / 2 + y / 2) % 2 * 100; }));
  EXPECT_NEAR(s.sharpness_coarse, std::log1p(160000.0), kRounding);
}

TEST(ImageStatistics, NoiseAnswersToACheckerboardAndNotToARamp) {
  EXPECT_NEAR(
      image_statistics(grey_picture(16, 16, [](int x, int y) { return 5 * x + 3 * y; })).noise, 0,
      kRounding);
  // the mask sums to 8·100 over a checkerboard of 0 and 100
  const double sigma = std::sqrt(std::numbers::pi / 2) / 6 * 800;
  EXPECT_NEAR(
      image_statistics(grey_picture(16, 16, [](int x, int y) { return (x + y) % 2 * 100; })).noise,
      std::log1p(sigma), kRounding);
}

TEST(ImageStatistics, BlockinessIsTheRatioOfStepsAcrossBlocksToOtherSteps) {
  // 2 × 2 blocks of 8 pixels, checkered 0 and 10: every step across a border is 10, every other 0
  const ImageStatistics s =
      image_statistics(grey_picture(16, 16, [](int x, int y) { return (x / 8 + y / 8) % 2 * 10; }));
  EXPECT_NEAR(s.blockiness, std::log(10.1 / 0.1), kRounding);
}

TEST(ImageStatistics, DirectionIsOneForStripesAndNearZeroForARound) {
  EXPECT_NEAR(image_statistics(grey_picture(16, 16, [](int x, int) { return 10 * x; })).direction,
              1, 1e-9);
  const auto round = [](int x, int y) {
    return static_cast<int>(120 * std::exp(-(std::pow(x - 16, 2) + std::pow(y - 16, 2)) / 50));
  };
  EXPECT_NEAR(image_statistics(grey_picture(33, 33, round)).direction, 0, 1e-6);
}

TEST(ImageStatistics, LightOfAPictureHalfBlackHalfWhite) {
  const ImageStatistics s =
      image_statistics(grey_picture(8, 8, [](int x, int) { return x < 4 ? 0 : 255; }));
  EXPECT_NEAR(s.brightness, 0.5, kRounding);
  EXPECT_NEAR(s.contrast, 0.5, kRounding);
  EXPECT_NEAR(s.range, 1, kRounding);
  EXPECT_DOUBLE_EQ(s.dark_share, 0.5);
  EXPECT_DOUBLE_EQ(s.bright_share, 0.5);
  EXPECT_DOUBLE_EQ(s.flatness, 6.0 / 7);
}

TEST(ImageStatistics, ColourOfOnePlainColourIsAllCast) {
  const ImageStatistics s =
      image_statistics(coloured(151, 100, 57));  // R − G = 51, (R + G)/2 − B = 68.5
  const double cast = std::hypot(51.0, 68.5);
  EXPECT_NEAR(s.colour_cast, cast / 255, 1e-9);
  EXPECT_NEAR(s.colourfulness, 0.3 * cast / 255, 1e-9);
  EXPECT_NEAR(s.haze, 57.0 / 255, 1e-9);
}

TEST(ImageStatistics, OfOnePixelAreFinite) {
  image_statistics(grey_picture(1, 1, [](int, int) {
    return 7;
  })).visit([](const char* name, double value) { EXPECT_TRUE(std::isfinite(value)) << name; });
}

TEST(ImageStatistics, OfALargePictureAreThoseOfItsReduction) {
  const auto stripes = [](int x, int) {
    return x / 2 % 2 * 100;
  };  // at half the size one pixel wide
  EXPECT_NEAR(image_statistics(grey_picture(2048, 8, stripes)).sharpness_fine,
              image_statistics(grey_picture(1024, 4, [](int x, int) { return x % 2 * 100; }))
                  .sharpness_fine,
              1e-3);
}

TEST(ImageStatistics, RefuseAnEmptyPicture) { EXPECT_THROW(image_statistics(Image()), Error); }

}  // namespace
}  // namespace juror
