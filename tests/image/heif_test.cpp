// HEIC and AVIF: read in builds with JUROR_HEIF, told by name in the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "image/capture_time.h"
#include "image/decode.h"
#include "temp_folder.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

class Heif : public ::testing::TestWithParam<const char*> {
 protected:
  const std::filesystem::path file_ = kGoldenFolder / "heif" / GetParam();
  bool is_read() const {
    return refusal_of([&] { load_image(file_); }, ErrorKind::kUser).find("JUROR_HEIF") ==
           std::string::npos;
  }
};

TEST_P(Heif, IsReadOrRefusedWithTheOptionThatReadsIt) {
  if (!is_read()) {
    EXPECT_THAT(refusal_of([&] { load_image(file_); }, ErrorKind::kUser),
                HasSubstr("not read by this build (cmake -DJUROR_HEIF=ON"));
    return;
  }
  const Image image = load_image(file_);
  ASSERT_EQ(image.size(), (Size{64, 48}));
  const auto near = [&](int x, int y, int red, int blue) {
    const std::uint8_t* pixel = image.row(y) + 3 * x;
    EXPECT_NEAR(pixel[0], red, 12);  // lossy
    EXPECT_NEAR(pixel[1], 0, 12);
    EXPECT_NEAR(pixel[2], blue, 12);
  };
  near(10, 10, 255, 255);
  near(54, 10, 0, 255);
  near(10, 38, 255, 0);
  near(54, 38, 0, 0);
}

TEST_P(Heif, ACutFileIsRefused) {
  if (!is_read()) GTEST_SKIP() << "built without JUROR_HEIF";
  const TempFolder folder;
  const std::string bytes = read_file(file_);
  for (const double part : {0.1, 0.5, 0.9}) {
    const auto size = static_cast<std::size_t>(part * static_cast<double>(bytes.size()));
    const auto cut = folder.write("cut", bytes.substr(0, size));
    EXPECT_THAT(refusal_of([&] { load_image(cut); }, ErrorKind::kUser), HasSubstr("Cannot decode"));
  }
}

TEST_P(Heif, TheLimitOfPixelsHoldsBeforeDecoding) {
  if (!is_read()) GTEST_SKIP() << "built without JUROR_HEIF";
  EXPECT_THAT(refusal_of([&] { load_image(file_, {.max_image_pixels = 3071}); }, ErrorKind::kUser),
              HasSubstr("64 x 48"));
}

TEST_P(Heif, TheCaptureTimeIsReadWithoutLibheif) {
  const std::string file = read_file(file_);
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  // date -u -d '2024-05-31 18:20:05' +%s
  EXPECT_EQ(capture_time(bytes), 1717179605.25);
  for (std::size_t size = 0; size < file.size(); ++size)
    capture_time(bytes.first(size));  // no prefix crashes
}

INSTANTIATE_TEST_SUITE_P(Both, Heif, ::testing::Values("quarters.heic", "quarters.avif"),
                         [](const auto& of) { return std::string(of.param).substr(9); });

}  // namespace
}  // namespace juror
