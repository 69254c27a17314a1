// Round trips through our own decoders, which are tested against Pillow elsewhere.
#include "image/encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/fixtures.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

double mean_error(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(int{a.rgb[i]} - int{b.rgb[i]});
  return sum / static_cast<double>(a.rgb.size());
}

Image through_jpeg(const Image& image, int quality, ChromaSubsampling subsampling) {
  const std::string bytes = encode_jpeg(image, quality, subsampling);
  return decode_image(as_bytes(bytes), "round trip");
}

TEST(EncodePng, LosesNothing) {
  const Image image = texture(37, 23);
  const std::string bytes = encode_png(image);
  EXPECT_EQ(difference(decode_image(as_bytes(bytes), "round trip"), image).count, 0U);
}

TEST(EncodeJpeg, LosesMoreTheLowerTheQuality) {
  const Image image = load_image(golden_path("resize/picture_210x90.png"));
  double last = 0;
  for (const int quality : {98, 75, 40, 10, 1}) {
    const double error = mean_error(through_jpeg(image, quality, ChromaSubsampling::k420), image);
    EXPECT_GT(error, last) << "quality " << quality;
    last = error;
  }
}

TEST(EncodeJpeg, LosesMoreColourTheCoarserItIsSampled) {
  const Image image = load_image(golden_path("resize/picture_210x90.png"));
  const double full = mean_error(through_jpeg(image, 95, ChromaSubsampling::k444), image);
  const double half = mean_error(through_jpeg(image, 95, ChromaSubsampling::k422), image);
  const double quarter = mean_error(through_jpeg(image, 95, ChromaSubsampling::k420), image);
  EXPECT_LT(full, half);
  EXPECT_LT(half, quarter);
}

TEST(EncodeJpeg, TakesASinglePixel) {
  EXPECT_EQ(through_jpeg(Image(1, 1), 90, ChromaSubsampling::k420).size(), (Size{1, 1}));
}

TEST(Encode, RefusesEmptyPicturesAndWrongQualities) {
  EXPECT_THAT(error_of([] { encode_png(Image()); }), HasSubstr("0 x 0"));
  EXPECT_THAT(error_of([] { encode_jpeg(Image(), 90); }), HasSubstr("0 x 0"));
  EXPECT_THAT(error_of([] { encode_jpeg(Image(4, 4), 0); }), HasSubstr("quality is 0"));
  EXPECT_THAT(error_of([] { encode_jpeg(Image(70'000, 1), 90); }), HasSubstr("70000"));
}

}  // namespace
}  // namespace juror
