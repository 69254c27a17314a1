// Resizing against Pillow, and cropping.
#include "image/resize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/fixtures.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

// The issue allows one level; the arithmetic is Pillow's own, so nothing at all may differ.
TEST(ResizeBicubic, IsBitEqualToPillow) {
  for (const auto& entry : golden_list("resize")) {
    const std::string expected_file = entry.at("expected");
    SCOPED_TRACE(expected_file);
    const Size size{entry.at("width"), entry.at("height")};
    const Image source = load_image(golden_path(entry.at("source")));
    const Difference off = difference(resize_bicubic(source, size),
                                      golden_rgb(expected_file, size.width, size.height));
    EXPECT_EQ(off.largest, 0) << off.count << " samples differ";
  }
}

TEST(ResizeBicubic, KeepsAFlatPictureFlat) {
  Image grey(123, 77);
  for (auto& value : grey.rgb) value = 201;
  const Image small = resize_bicubic(grey, {31, 200});
  EXPECT_THAT(small.rgb, ::testing::Each(201));
}

TEST(ResizeBicubic, GivesTheSameRowsWhereverTheyLieInAStrip) {
  const Image whole = texture(50, 97);
  const Image reference = resize_bicubic(whole, {20, 97});
  for (const int y : {0, 1, 31, 32, 63, 96}) {
    const Image row = resize_bicubic(crop(whole, {0, y, 50, 1}), {20, 1});
    EXPECT_EQ(difference(row, crop(reference, {0, y, 20, 1})).count, 0U) << y;
  }
}

TEST(ResizeBox, AveragesTheAreaThatAPixelCovers) {
  Image image(4, 2);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i / 3 * 10);
  const Image half = resize_box(image, {2, 1});  // columns 0 10 | 20 30 over 40 50 | 60 70
  EXPECT_EQ(half.rgb[0], 25);
  EXPECT_EQ(half.rgb[3], 45);
}

TEST(ResizeBicubic, RefusesAnEmptyPictureAndAnEmptyTarget) {
  EXPECT_THAT(error_of([] { resize_bicubic(Image(), {4, 4}); }), HasSubstr("0 x 0"));
  EXPECT_THAT(error_of([] { resize_bicubic(Image(3, 3), {4, 0}); }), HasSubstr("4 x 0"));
}

TEST(Crop, CopiesThePixelsInside) {
  const Image image = texture(9, 8);
  const Image part = crop(image, {2, 3, 4, 5});
  ASSERT_EQ(part.size(), (Size{4, 5}));
  for (int y = 0; y < 5; ++y) {
    for (int i = 0; i < 12; ++i) ASSERT_EQ(part.row(y)[i], image.row(3 + y)[6 + i]);
  }
}

TEST(Crop, RefusesARectangleThatLeavesThePicture) {
  const Image image(9, 8);
  EXPECT_NO_THROW(crop(image, {0, 0, 9, 8}));
  for (const Rect rect : {Rect{6, 0, 4, 2}, Rect{-1, 0, 4, 2}, Rect{0, 0, 0, 2}, Rect{0, 7, 1, 2},
                          Rect{2147483647, 0, 4, 4}, Rect{1, 0, 2147483647, 1}}) {
    EXPECT_THAT(error_of([&] { crop(image, rect); }), HasSubstr("9 x 8"));
  }
}

}  // namespace
}  // namespace juror
