#include "synth/defects.h"

#include <gtest/gtest.h>

#include <array>

#include "data/pictures.h"
#include "synth/pixels.h"

namespace juror {
namespace {

using namespace testing;

Image with(const Image& photo, Defect defect, float severity, std::uint64_t seed = 1) {
  Degradation degradation;
  degradation[defect] = severity;
  return degrade(photo, degradation, Random({seed}));
}

const Image& scene() {
  static const Image image = make_scene(96, 80);
  return image;
}

double detail(const Image& image) {
  return gradient_energy(image, 1, 0) + gradient_energy(image, 0, 1);
}

TEST(Saturation, MovesChannelsFromOrToTheirMean) {
  Image image(1, 1);
  image.rgb = {30, 60, 90};
  Pixels pixels(image);
  change_saturation(pixels, 1.5F);
  EXPECT_EQ(pixels.values, (std::vector<float>{15, 60, 105}));
  change_saturation(pixels, 0.0F);
  EXPECT_EQ(pixels.values, (std::vector<float>{60, 60, 60}));
}

TEST(Degrade, GivesThePhotoBackWhenNoSeverityIsSet) {
  EXPECT_EQ(degrade(scene(), {}, Random({1})).rgb, scene().rgb);
}

TEST(Degrade, KeepsTheSizeAndChangesMoreTheWorseEveryDefectIs) {
  for (int i = 0; i < kDefects; ++i) {
    const auto defect = static_cast<Defect>(i);
    SCOPED_TRACE(defect_name(defect));
    const Image slight = with(scene(), defect, 0.25F), strong = with(scene(), defect, 1.0F);
    EXPECT_EQ(slight.size(), scene().size());
    EXPECT_GT(distance(slight, scene()), 0.5);
    EXPECT_GT(distance(strong, scene()), 1.5 * distance(slight, scene()));
  }
}

TEST(Degrade, GivesEqualPixelsForEqualSeedsAndOtherNoiseForOthers) {
  EXPECT_EQ(with(scene(), Defect::kNoise, 0.5F, 7).rgb, with(scene(), Defect::kNoise, 0.5F, 7).rgb);
  EXPECT_NE(with(scene(), Defect::kNoise, 0.5F, 7).rgb, with(scene(), Defect::kNoise, 0.5F, 8).rgb);
}

TEST(Degrade, BlurLowersTheDetailAndKeepsTheBrightness) {
  const Image blurred = with(scene(), Defect::kBlur, 0.6F);
  EXPECT_LT(detail(blurred), 0.3 * detail(scene()));
  EXPECT_NEAR(mean(blurred), mean(scene()), 1.0);
}

TEST(Degrade, MotionBlurLowersTheDetailAlongItsDirectionOnly) {
  // Vertical stripes: moving along them changes nothing, moving across them wipes them out.
  Image stripes = make_grey(64, 64, 60);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      if (x / 4 % 2) std::fill_n(stripes.row(y) + 3 * x, 3, std::uint8_t{200});
  Pixels along(stripes), across(stripes);
  motion_blur(along, 8, 1.5707963267948966);
  motion_blur(across, 8, 0);
  EXPECT_LT(distance(along.to_image(), stripes), 1.0);
  EXPECT_LT(gradient_energy(across.to_image(), 1, 0), 0.05 * gradient_energy(stripes, 1, 0));
}

TEST(Degrade, NoiseRaisesTheVarianceOfAFlatPictureAndKeepsItsMean) {
  const Image flat = make_grey(128, 128, 128);
  const Image slight = with(flat, Defect::kNoise, 0.2F), strong = with(flat, Defect::kNoise, 0.6F);
  EXPECT_GT(variance(slight), 9.0);
  EXPECT_GT(variance(strong), 3.0 * variance(slight));
  EXPECT_NEAR(mean(strong), 128.0, 1.0);
}

TEST(Degrade, JpegLeavesEdgesAtTheBordersOfItsBlocks) {
  const Image squeezed = with(scene(), Defect::kJpeg, 1.0F);
  double at_borders = 0, elsewhere = 0;
  for (int y = 0; y < squeezed.height; ++y)
    for (int x = 1; x < squeezed.width; ++x) {
      const double step = std::abs(squeezed.row(y)[3 * x + 1] - squeezed.row(y)[3 * x - 2]);
      (x % 8 == 0 ? at_borders : elsewhere) += x % 8 == 0 ? step : step / 7;
    }
  EXPECT_GT(at_borders, 1.5 * elsewhere);
}

TEST(Degrade, DarkAndBrightMoveTheMeanAndBrightBurnsOut) {
  const Image dark = with(scene(), Defect::kDark, 0.7F),
              bright = with(scene(), Defect::kBright, 0.7F);
  EXPECT_LT(mean(dark), 0.6 * mean(scene()));
  EXPECT_GT(mean(bright), 1.25 * mean(scene()));
  const auto burnt = std::count(bright.rgb.begin(), bright.rgb.end(), std::uint8_t{255});
  EXPECT_GT(burnt, static_cast<long>(bright.rgb.size() / 20));
}

TEST(Degrade, HazeLowersTheContrast) {
  EXPECT_LT(variance(with(scene(), Defect::kHaze, 0.7F)), 0.5 * variance(scene()));
}

TEST(Degrade, ColourCastPartsTheChannelsOfAGreyPicture) {
  const Image cast = with(make_grey(32, 32, 120), Defect::kColourCast, 0.7F);
  const std::array<double, 3> means = {channel_mean(cast, 0), channel_mean(cast, 1),
                                       channel_mean(cast, 2)};
  EXPECT_GT(
      *std::max_element(means.begin(), means.end()) - *std::min_element(means.begin(), means.end()),
      20.0);
}

TEST(Degrade, PixelationMakesFlatBlocks) {
  const Image blocks = pixelate(scene(), 4.0);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x) EXPECT_EQ(blocks.row(y)[3 * x], blocks.row(0)[0]);
  EXPECT_NE(blocks.row(0)[0], blocks.row(40)[3 * 48]);
}

TEST(Pixels, GaussianBlurSpreadsADotAsTheFormulaSays) {
  Image dot = make_grey(21, 21, 0);
  std::fill_n(dot.row(10) + 30, 3, std::uint8_t{255});
  Pixels pixels(dot);
  gaussian_blur(pixels, 2.0);
  // 255 / (2πσ²) at the centre and e^(−1/8) of it one pixel aside; cutting at 3σ adds less than 1
  // %.
  const float centre = pixels.values[(10 * 21 + 10) * 3], aside = pixels.values[(10 * 21 + 11) * 3];
  EXPECT_NEAR(centre, 10.146, 0.1);
  EXPECT_NEAR(aside / centre, 0.8825, 1e-3);
}

TEST(HiddenQuality, IsZeroForACleanPhotoAndFallsWithEveryDefect) {
  EXPECT_EQ(hidden_quality({}), 0.0);
  for (int i = 0; i < kDefects; ++i) {
    Degradation slight, strong;
    slight[static_cast<Defect>(i)] = 0.3F;
    strong[static_cast<Defect>(i)] = 0.9F;
    EXPECT_LT(hidden_quality(slight), 0.0);
    EXPECT_LT(hidden_quality(strong), hidden_quality(slight));
  }
}

TEST(DrawDegradation, FollowsTheSharesOfDefectCounts) {
  std::array<int, 4> counts{};
  for (std::uint64_t i = 0; i < 5000; ++i) {
    Random random({i, 3});
    const Degradation drawn = draw_degradation(random);
    int count = 0;
    for (const float severity : drawn.severity) {
      count += severity > 0;
      EXPECT_TRUE(severity == 0 || (severity > 0.119F && severity <= 1.0F)) << severity;
    }
    ++counts[static_cast<std::size_t>(count)];
    EXPECT_FALSE(drawn[Defect::kDark] > 0 && drawn[Defect::kBright] > 0);
  }
  // 18, 42, 28 and 12 % of 5,000; four standard deviations are at most 140.
  EXPECT_NEAR(counts[0], 900, 140);
  EXPECT_NEAR(counts[1], 2100, 140);
  EXPECT_NEAR(counts[2], 1400, 140);
  EXPECT_NEAR(counts[3], 600, 140);
}

TEST(DefectNames, LeadBackToTheDefect) {
  for (int i = 0; i < kDefects; ++i) {
    const auto defect = static_cast<Defect>(i);
    EXPECT_EQ(defect_by_name(defect_name(defect)), defect);
    EXPECT_EQ(defect_by_words(defect_words(defect)), defect);
  }
  EXPECT_FALSE(defect_by_name("sharpness"));
}

}  // namespace
}  // namespace juror
