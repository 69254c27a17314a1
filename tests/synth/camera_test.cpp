// What a camera does to a picture: sizes, strengths and parts, on pictures that are known.
#include "synth/camera.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "data/pictures.h"
#include "image/resize.h"
#include "synth/camera_pixels.h"
#include "synth/pairs.h"
#include "synth/recipe.h"

namespace juror {
namespace {

using namespace testing;

Pixels impulse(int side) {
  Image image(side, side);
  Pixels pixels(image);
  for (std::size_t c = 0; c < 3; ++c)
    pixels.values[static_cast<std::size_t>(side * side / 2) * 3 + c] = 100;
  return pixels;
}

float at(const Pixels& pixels, int x, int y) {
  return pixels.values[static_cast<std::size_t>(y * pixels.width + x) * 3];
}

Degradation only(Defect defect, float severity) {
  Degradation degradation;
  degradation[defect] = severity;
  return degradation;
}

double root_mean_square(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::pow(1.0 * a.rgb[i] - b.rgb[i], 2);
  return std::sqrt(sum / static_cast<double>(a.rgb.size()));
}

TEST(PathBlur, SharesAPixelOutOverThePlacesOfThePath) {
  Pixels pixels = impulse(5);
  path_blur(pixels, {{0, 0}, {1, 0}, {0, -1}, {0.5, 1}});
  EXPECT_FLOAT_EQ(at(pixels, 2, 2), 25);
  EXPECT_FLOAT_EQ(at(pixels, 1, 2), 25);    // sees the impulse one to its right
  EXPECT_FLOAT_EQ(at(pixels, 2, 3), 25);    // … one above
  EXPECT_FLOAT_EQ(at(pixels, 2, 1), 12.5);  // … half a pixel right of one below
  EXPECT_FLOAT_EQ(at(pixels, 1, 1), 12.5);
}

TEST(DiscBlur, IsTheMeanOfADisc) {
  Pixels pixels = impulse(7);
  disc_blur(pixels, 2);  // rows of 1, 3, 5, 3, 1 pixels
  EXPECT_FLOAT_EQ(at(pixels, 3, 3), 100.0F / 13);
  EXPECT_FLOAT_EQ(at(pixels, 3, 1), 100.0F / 13);
  EXPECT_FLOAT_EQ(at(pixels, 4, 2), 100.0F / 13);
  EXPECT_FLOAT_EQ(at(pixels, 5, 2), 0);
  Pixels flat(make_grey(9, 5, 77));
  disc_blur(flat, 3.5);
  for (const float value : flat.values) EXPECT_NEAR(value, 77, 1e-3);
}

TEST(Sharpen, AddsWhatABlurTakesAway) {
  Pixels pixels = impulse(9), soft = impulse(9);
  gaussian_blur(soft, 1);
  sharpen(pixels, 0.5, 1);
  EXPECT_FLOAT_EQ(at(pixels, 4, 4), 100 + 0.5F * (100 - at(soft, 4, 4)));
  EXPECT_FLOAT_EQ(at(pixels, 5, 4), -0.5F * at(soft, 5, 4));
}

TEST(AddGrain, HasItsDeviationAtMiddleGreyWhateverTheGrain) {
  for (const double grain : {0.0, 0.8, 1.6}) {
    Pixels pixels(make_grey(160, 160, 128));
    Random random{3};
    add_grain(pixels, 10, grain, 0.6, random);
    double square = 0;
    for (const float value : pixels.values) square += (value - 128.0) * (value - 128.0);
    EXPECT_NEAR(std::sqrt(square / static_cast<double>(pixels.values.size())), 10, 1) << grain;
  }
}

TEST(SmoothMask, CoversItsShareAndChangesSlowly) {
  Random random{5};
  const std::vector<float> mask = smooth_mask(120, 80, 0.5, random);
  double ones = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    ones += mask[i] == 1.0F;
    if (i % 120 != 0) EXPECT_LT(std::abs(mask[i] - mask[i - 1]), 0.5F);
  }
  EXPECT_NEAR(ones / static_cast<double>(mask.size()), 0.5, 0.02);
  const std::vector<float> whole = smooth_mask(30, 40, 1.0, random);
  EXPECT_THAT(whole, ::testing::Each(1.0F));
}

TEST(Photograph, ShowsASceneAtItsSizeAndRefusesToEnlarge) {
  const Image scene = make_scene(240, 180);
  EXPECT_EQ(photograph(scene, {120, 90}, {}, Random({1})).size(), (Size{120, 90}));
  EXPECT_EQ(photograph(scene, {120, 90}, only(Defect::kNoise, 0.5F), Random({1})).rgb,
            photograph(scene, {120, 90}, only(Defect::kNoise, 0.5F), Random({1})).rgb);
  EXPECT_THROW(photograph(scene, {250, 90}, {}, Random({1})), Error);
}

TEST(Photograph, ChangesThePictureMoreTheWorseEveryDefectIs) {
  const Image scene = resize_bicubic(make_scene(120, 90), {240, 180});
  for (int i = 0; i < kDefects; ++i) {
    const auto defect = static_cast<Defect>(i);
    SCOPED_TRACE(defect_name(defect));
    double slight = 0, strong = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const Image clean = photograph(scene, {120, 90}, {}, Random({seed}));
      slight += root_mean_square(photograph(scene, {120, 90}, only(defect, 0.25F), Random({seed})),
                                 clean);
      strong +=
          root_mean_square(photograph(scene, {120, 90}, only(defect, 1.0F), Random({seed})), clean);
    }
    EXPECT_GT(strong, 1.2 * slight);
  }
}

// What a severity means is what is left in the shown picture: noise of 3 + 42 · 0.5 = 24, whatever
// the size of the source.
TEST(Photograph, KeepsTheStrengthOfNoiseThroughTheShrinking) {
  for (const int scale : {1, 2}) {
    double square = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const Image grey = make_grey(112 * scale, 112 * scale, 128);
      const Image noisy =
          photograph(grey, {112, 112}, only(Defect::kNoise, 0.5F), Random({seed, 9}));
      square += variance(noisy) / 12;
    }
    EXPECT_NEAR(std::sqrt(square), recipe::noise_sigma(0.5), 6) << scale;
  }
}

TEST(SynthCamera, MakesPicturesOfManySizesAndLeavesTheOthersAsTheyWere) {
  std::vector<Image> scenes = {make_scene(300, 240), make_scene(320, 260, 1)};
  const PhotoSet photos(std::move(scenes), {"a", "b"});
  const SynthOptions plain{.working_size = 64, .augment = true};
  SynthOptions some = plain;
  some.camera = 0.5;
  some.largest_size = 160;
  int unchanged = 0, larger = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const SynthPair made = make_synth_pair(photos, some, 4, i);
    const SynthPair before = make_synth_pair(photos, plain, 4, i);
    EXPECT_EQ(made.a, before.a);
    unchanged += made.first.rgb == before.first.rgb && made.second.rgb == before.second.rgb;
    const int side = std::max(made.first.width, made.first.height);
    EXPECT_GE(side, 64);
    EXPECT_LE(side, 160);
    larger += side > 64;
    if (made.same_photo) {
      EXPECT_EQ(made.first.size(), made.second.size());
    }
  }
  EXPECT_GT(unchanged, 8);
  EXPECT_GT(larger, 10);
}

}  // namespace
}  // namespace juror
