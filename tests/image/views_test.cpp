// What a photo's views are: exact places, counts and sizes on pictures whose detail is known.
#include "image/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/fixtures.h"
#include "image/resize.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

/// Flat grey with checkerboards: the bigger `strength`, the more detail.
Image grey(int width, int height) {
  Image image(width, height);
  for (auto& value : image.rgb) value = 100;
  return image;
}

void add_texture(Image& image, const Rect& rect, int strength) {
  for (int y = rect.y; y < rect.y + rect.height; ++y) {
    for (int x = rect.x; x < rect.x + rect.width; ++x) {
      const int value = (x + y) % 2 == 0 ? 100 - strength : 100 + strength;
      for (int c = 0; c < 3; ++c) image.row(y)[x * 3 + c] = static_cast<std::uint8_t>(value);
    }
  }
}

std::vector<Rect> sources(const std::vector<View>& views) {
  std::vector<Rect> out;
  for (const View& view : views) out.push_back(view.source);
  return out;
}

TEST(MakeViews, ShowsTheWholeImageUntouchedWhenNothingIsAsked) {
  const Image photo = texture(50, 40);
  const auto views = make_views(photo, {});
  ASSERT_EQ(views.size(), 1U);
  EXPECT_TRUE(views[0].overview);
  EXPECT_EQ(views[0].source, (Rect{0, 0, 50, 40}));
  EXPECT_EQ(difference(views[0].image, photo).count, 0U);
}

TEST(MakeViews, ReducesTheLongSideToTheWorkingSizeAndNeverEnlarges) {
  EXPECT_EQ(make_views(texture(80, 60), {.working_size = 40})[0].image.size(), (Size{40, 30}));
  EXPECT_EQ(make_views(texture(61, 90), {.working_size = 45})[0].image.size(),
            (Size{31, 45}));  // 30.5 rounds up
  EXPECT_EQ(make_views(texture(20, 10), {.working_size = 40})[0].image.size(), (Size{20, 10}));
}

TEST(MakeViews, CutsTheCropsOfMostDetailMostFirst) {
  Image photo = grey(160, 80);
  add_texture(photo, {120, 0, 40, 40}, 30);
  add_texture(photo, {0, 40, 40, 40}, 60);
  const auto views = make_views(photo, {.overview_size = 40, .crops = 2, .crop_size = 40});
  EXPECT_THAT(sources(views), ::testing::ElementsAre(Rect{0, 0, 160, 80}, Rect{0, 40, 40, 40},
                                                     Rect{120, 0, 40, 40}));
  EXPECT_EQ(views[0].image.size(), (Size{40, 20}));
  EXPECT_TRUE(views[0].overview);
  EXPECT_FALSE(views[1].overview);
  EXPECT_EQ(difference(views[1].image, crop(photo, {0, 40, 40, 40})).count, 0U);
}

TEST(MakeViews, ShowsPlacesWithoutDetailBesideThoseOfMost) {
  Image photo = grey(160, 80);
  add_texture(photo, {0, 0, 160, 80}, 20);
  add_texture(photo, {0, 40, 40, 40}, 60);
  add_texture(photo, {80, 0, 40, 40}, 5);
  const auto views =
      make_views(photo, {.overview_size = 40, .crops = 1, .crop_size = 40, .plain_crops = 2});
  ASSERT_EQ(views.size(), 4U);
  EXPECT_EQ(views[1].source, (Rect{0, 40, 40, 40}));
  EXPECT_EQ(views[2].source, (Rect{80, 0, 40, 40}));
  EXPECT_FALSE(views[3].overview);
  for (std::size_t i = 1; i < 3; ++i)  // never one over another
    EXPECT_TRUE(views[3].source.x >= views[i].source.x + 40 ||
                views[i].source.x >= views[3].source.x + 40 ||
                views[3].source.y != views[i].source.y);
  // Plain crops alone need no other.
  EXPECT_EQ(make_views(photo, {.overview_size = 40, .crop_size = 40, .plain_crops = 1})[1].source,
            (Rect{80, 0, 40, 40}));
}

// One great step has a higher variance than a fine texture, but only one pixel in forty shows
// detail.
TEST(MakeViews, PrefersFineTextureToAGreatStep) {
  Image photo = grey(160, 40);
  for (int y = 0; y < 40; ++y) {
    for (int i = 0; i < 20 * 3; ++i) photo.row(y)[i] = 250;
  }
  add_texture(photo, {120, 0, 40, 40}, 20);
  const auto views = make_views(photo, {.overview_size = 40, .crops = 1, .crop_size = 40});
  EXPECT_EQ(views[1].source, (Rect{120, 0, 40, 40}));
}

TEST(MakeViews, NeverLetsCropsOverlap) {
  Image photo = grey(200, 150);
  add_texture(photo, {60, 30, 90, 90}, 50);
  const auto views = make_views(photo, {.crops = 6, .crop_size = 48});
  ASSERT_EQ(views.size(), 7U);
  for (std::size_t i = 1; i < views.size(); ++i) {
    for (std::size_t j = 1; j < i; ++j) {
      const Rect a = views[i].source, b = views[j].source;
      EXPECT_TRUE(std::abs(a.x - b.x) >= 48 || std::abs(a.y - b.y) >= 48) << i << " and " << j;
    }
  }
}

TEST(MakeViews, TakesTheFirstOfEqualsRowByRow) {
  const auto views = make_views(grey(96, 96), {.overview_size = 24, .crops = 3, .crop_size = 48});
  EXPECT_THAT(sources(views), ::testing::ElementsAre(Rect{0, 0, 96, 96}, Rect{0, 0, 48, 48},
                                                     Rect{48, 0, 48, 48}, Rect{0, 48, 48, 48}));
}

TEST(MakeViews, ReportsCropsInPixelsOfTheOriginal) {
  Image photo = grey(400, 200);
  add_texture(photo, {200, 100, 100, 100}, 0);
  for (int y = 100; y < 200; ++y) {  // coarse stripes that survive the reduction by 2
    for (int x = 200; x < 300; ++x) photo.row(y)[x * 3 + 1] = x / 10 % 2 == 0 ? 0 : 250;
  }
  const auto views =
      make_views(photo, {.working_size = 200, .overview_size = 50, .crops = 1, .crop_size = 50});
  EXPECT_THAT(sources(views),
              ::testing::ElementsAre(Rect{0, 0, 400, 200}, Rect{200, 100, 100, 100}));
  EXPECT_EQ(views[1].image.size(), (Size{50, 50}));
}

TEST(MakeViews, ReachesTheFarEdges) {
  Image photo = grey(101, 77);
  add_texture(photo, {100, 76, 1, 1}, 80);
  const auto views = make_views(photo, {.overview_size = 30, .crops = 1, .crop_size = 40});
  EXPECT_EQ(views[1].source, (Rect{61, 37, 40, 40}));
}

TEST(MakeViews, GivesSmallPhotosFewerCropsAndNoneThatRepeatsTheOverview) {
  const ViewOptions options{.working_size = 448, .overview_size = 112, .crops = 3, .crop_size = 56};
  EXPECT_THAT(sources(make_views(texture(1, 1), options)),
              ::testing::ElementsAre(Rect{0, 0, 1, 1}));
  EXPECT_THAT(sources(make_views(texture(56, 30), options)),
              ::testing::ElementsAre(Rect{0, 0, 56, 30}));
  EXPECT_EQ(make_views(texture(112, 56), options).size(), 3U);
  EXPECT_EQ(make_views(texture(300, 200), options).size(), 4U);
}

TEST(MakeViews, CutsAThreadAlongItsLength) {
  const auto views =
      make_views(texture(1, 5000), {.overview_size = 100, .crops = 2, .crop_size = 56});
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[0].image.size(), (Size{1, 100}));
  EXPECT_EQ(views[1].image.size(), (Size{1, 56}));
}

TEST(MakeViews, RefusesEmptyPicturesAndOptionsThatMakeNoSense) {
  EXPECT_THAT(error_of([] { make_views(Image(), {}); }), HasSubstr("0 x 0"));
  EXPECT_THAT(error_of([] { make_views(Image(4, 4), {.crops = 2}); }), HasSubstr("crop_size"));
  EXPECT_THAT(error_of([] { make_views(Image(4, 4), {.crops = -1}); }), HasSubstr("crops -1"));
}

}  // namespace
}  // namespace juror
