// Golden sizes of the reference implementation, computed from its formulas.
#include "image/smart_resize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/fixtures.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

struct Golden {
  int height, width, resized_height, resized_width;
};

void expect_all(const PixelBounds& bounds, const std::vector<Golden>& goldens) {
  for (const Golden& g : goldens) {
    const Size size = smart_resize({g.width, g.height}, bounds);
    EXPECT_EQ(size, (Size{g.resized_width, g.resized_height}))
        << "height " << g.height << ", width " << g.width;
  }
}

TEST(SmartResize, GivesTheReferenceSizesWithTheBoundsOfTheCheckpoints) {
  expect_all({.factor = 28, .min_pixels = 3136, .max_pixels = 12'845'056},
             {{512, 512, 504, 504},
              {1024, 1024, 1036, 1036},
              {480, 640, 476, 644},
              {768, 1344, 756, 1344},
              {42, 42, 56, 56},
              {70, 70, 56, 56},  // 2.5 rounds to the even 2; away from zero it would be 84
              {14, 14, 56, 56},
              {10, 1000, 28, 560},
              {4000, 3000, 4004, 2996},
              {30, 100, 28, 112}});
}

TEST(SmartResize, ShrinksToTheUpperBoundAndGrowsToTheLower) {
  expect_all({.factor = 28, .min_pixels = 3136, .max_pixels = 1'003'520},
             {{1024, 1024, 980, 980}, {768, 1344, 756, 1316}, {4000, 3000, 1148, 840}});
  expect_all({.factor = 28, .min_pixels = 262'144, .max_pixels = 4'194'304},
             {{512, 512, 532, 532}, {30, 100, 308, 952}});
}

TEST(SmartResize, GivesTheReferenceSizesOfQwen3) {
  expect_all(
      {.factor = 32, .min_pixels = 65'536, .max_pixels = 16'777'216},
      {{512, 512, 512, 512}, {42, 42, 256, 256}, {4000, 3000, 4000, 3008}, {30, 100, 160, 480}});
}

TEST(SmartResize, TakesASinglePixel) { EXPECT_EQ(smart_resize({1, 1}, {}), (Size{56, 56})); }

TEST(SmartResize, TakesSidesOf200To1AndRefusesMoreNamingThem) {
  EXPECT_NO_THROW(smart_resize({1, 200}, {}));
  EXPECT_THAT(error_of([] { smart_resize({1, 201}, {}); }), HasSubstr("1 x 201"));
  EXPECT_THAT(error_of([] { smart_resize({5000, 1}, {}); }), HasSubstr("5000 : 1"));
}

TEST(SmartResize, RefusesEmptySizesAndSenselessBounds) {
  EXPECT_THAT(error_of([] { smart_resize({0, 5}, {}); }), HasSubstr("0 x 5"));
  EXPECT_THAT(error_of([] { smart_resize({5, 5}, {.factor = 0}); }), HasSubstr("factor 0"));
  EXPECT_THAT(error_of([] {
                smart_resize({5, 5}, {.min_pixels = 10, .max_pixels = 9});
              }),
              HasSubstr("max_pixels 9"));
}

TEST(SmartResize, IsIdempotent) {
  const PixelBounds bounds{.factor = 28, .min_pixels = 3136, .max_pixels = 200'000};
  for (int height = 20; height < 900; height += 77) {
    for (int width = 20; width < 900; width += 61) {
      const Size once = smart_resize({width, height}, bounds);
      EXPECT_EQ(smart_resize(once, bounds), once) << width << " x " << height;
    }
  }
}

}  // namespace
}  // namespace juror
