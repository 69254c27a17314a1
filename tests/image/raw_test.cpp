// Raw files by their previews, and when photos were taken.
#include <gtest/gtest.h>

#include "base/error.h"
#include "data/pictures.h"
#include "image/capture_time.h"
#include "image/decode.h"
#include "image/difference_hash.h"
#include "image/encode.h"
#include "image/raw_preview.h"
#include "image/resize.h"

namespace juror {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// A TIFF of one byte order, written entry by entry.
class TiffFile {
 public:
  explicit TiffFile(bool little) : little_(little), file_(little ? "II" : "MM") {
    file_ += number(42, 2) + number(8, 4);
  }
  struct Entry {
    std::size_t tag, type, count, value;
  };
  std::string number(std::size_t value, std::size_t size) const {
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
      text += static_cast<char>(value >> (8 * (little_ ? i : size - 1 - i)) & 255);
    return text;
  }
  std::size_t append(const std::string& bytes) {
    file_ += bytes;
    return file_.size() - bytes.size();
  }
  std::string directory(const std::vector<Entry>& entries, std::size_t next = 0) const {
    std::string text = number(entries.size(), 2);
    for (const Entry& entry : entries) {
      text += number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4);
      const std::size_t size = entry.type == 3 && entry.count == 1 ? 2 : 4;
      text += number(entry.value, size) + std::string(4 - size, '\0');
    }
    return text + number(next, 4);
  }
  const std::string& file() const { return file_; }

 private:
  bool little_;
  std::string file_;
};

/// As NEF and CR2: a small JPEG in the second directory, a large one in a sub-directory, and raw
/// data that are a lossless JPEG and larger than both.
std::string make_raw(bool little, std::size_t orientation = 1) {
  TiffFile tiff(little);
  const std::string small = encode_jpeg(testing::make_scene(40, 30), 80);
  const std::string large = encode_jpeg(testing::make_scene(160, 120), 80);
  std::string raw_data = "\xff\xd8\xff\xc3" + std::string("\0\x0e\x0e\x10\0\x20\0\2", 8);
  raw_data.resize(40'000);
  const std::size_t first = 8, first_size = 2 + 3 * 12 + 4, other_size = 2 + 2 * 12 + 4,
                    raw_size = 2 + 3 * 12 + 4;
  const std::size_t second = first + first_size, inner = second + other_size,
                    sensor = inner + other_size, data = sensor + raw_size;
  const std::size_t list = data, small_at = list + 8, large_at = small_at + small.size(),
                    raw_at = large_at + large.size();
  tiff.append(
      tiff.directory({{0x112, 3, 1, orientation}, {0x14a, 4, 2, list}, {0x8769, 4, 1, 0}}, second));
  tiff.append(tiff.directory({{0x201, 4, 1, small_at}, {0x202, 4, 1, small.size()}}, first));
  tiff.append(tiff.directory({{0x201, 4, 1, large_at}, {0x202, 4, 1, large.size()}}));
  tiff.append(
      tiff.directory({{0x103, 3, 1, 7}, {0x111, 4, 1, raw_at}, {0x117, 4, 1, raw_data.size()}}));
  tiff.append(tiff.number(inner, 4) + tiff.number(sensor, 4));
  tiff.append(small + large + raw_data);
  return tiff.file();
}

TEST(RawPreview, TakesTheLargestOrdinaryJpegInEitherByteOrder) {
  for (const bool little : {true, false}) {
    const std::string file = make_raw(little);
    ASSERT_TRUE(raw_preview(bytes_of(file)).has_value());
    const Image image = decode_image(bytes_of(file), "a.nef");
    EXPECT_EQ(image.size(), (Size{160, 120}));  // a loop of directories does no harm
    EXPECT_EQ(probe_image(bytes_of(file), "a.nef").upright(), (Size{160, 120}));
  }
}

TEST(RawPreview, IsTurnedAsTheRawFileSays) {
  const std::string file = make_raw(true, 6);
  EXPECT_EQ(decode_image(bytes_of(file), "a.cr2").size(), (Size{120, 160}));
}

TEST(RawPreview, OfFujisRafStandsWhereItsHeaderSays) {
  const std::string jpeg = encode_jpeg(testing::make_scene(64, 48), 80);
  std::string file = "FUJIFILMCCD-RAW " + std::string(68, '\0');
  const TiffFile big(false);
  file += big.number(100, 4) + big.number(jpeg.size(), 4) + std::string(8, '\0') + jpeg;
  EXPECT_EQ(decode_image(bytes_of(file), "a.raf").size(), (Size{64, 48}));
}

TEST(RawPreview, EveryPrefixIsReadOrRefusedAndNeverCrashes) {
  const std::string file = make_raw(true);
  for (std::size_t size = 0; size < file.size(); size += 7) {
    const std::string cut = file.substr(0, size);
    try {
      decode_image(bytes_of(cut), "cut");
    } catch (const Error&) {
    }
  }
}

TEST(RawPreview, ATiffWithoutOneIsRefusedByName) {
  TiffFile tiff(true);
  tiff.append(tiff.directory({{0x112, 3, 1, 1}}));
  EXPECT_FALSE(raw_preview(bytes_of(tiff.file())).has_value());
  EXPECT_THROW(decode_image(bytes_of(tiff.file()), "a.tif"), Error);
}

TEST(CaptureTime, IsReadToTheFractionOfASecond) {
  TiffFile tiff(true);
  const std::string taken("2024:05:31 18:20:05\0", 20), fraction("250\0", 4);
  const std::size_t first = 8, exif = first + 18, text = exif + 2 + 2 * 12 + 4;
  tiff.append(tiff.directory({{0x8769, 4, 1, exif}}));
  std::string inner = tiff.directory({{0x9003, 2, 20, text}, {0x9291, 2, 4, 0}});
  inner.replace(2 + 12 + 8, 4, fraction);  // four bytes stand in the entry itself
  tiff.append(inner + taken);
  // date -u -d '2024-05-31 18:20:05' +%s
  EXPECT_EQ(capture_time(bytes_of(tiff.file())), 1717179605.25);
  const std::string jpeg = encode_jpeg(testing::make_scene(16, 16), 80);
  EXPECT_FALSE(capture_time(bytes_of(jpeg)).has_value());
  std::string app1 = std::string("Exif\0\0", 6) + tiff.file();
  const TiffFile big(false);
  app1 = "\xff\xe1" + big.number(app1.size() + 2, 2) + app1;
  EXPECT_EQ(capture_time(bytes_of(jpeg.substr(0, 2) + app1 + jpeg.substr(2))), 1717179605.25);
}

TEST(DifferenceHash, IsNearForAShiftedDimmedCopyAndFarForAnotherScene) {
  const Image scene = testing::make_scene(320, 240, 8);  // its circle is at the left
  const Image shifted = crop(scene, {8, 4, 308, 232});
  Image mirrored = scene;
  for (int y = 0; y < scene.height; ++y)
    for (int x = 0; x < scene.width; ++x)
      std::copy_n(scene.row(y) + 3 * (scene.width - 1 - x), 3, mirrored.row(y) + 3 * x);
  EXPECT_EQ(hash_distance(difference_hash(scene), difference_hash(scene)), 0);
  EXPECT_LT(hash_distance(difference_hash(scene), difference_hash(shifted)), 30);
  EXPECT_GT(hash_distance(difference_hash(scene), difference_hash(mirrored)), 40);
}

}  // namespace
}  // namespace juror
