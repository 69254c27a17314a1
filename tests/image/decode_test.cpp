// Decoding against pictures made and read by Pillow, and files that must be refused.
#include "image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/log.h"
#include "image/encode.h"
#include "image/fixtures.h"
#include "image/orient.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

TEST(DecodeImage, EqualsPillowOnEveryGoldenPicture) {
  for (const auto& entry : golden_list("decode")) {
    const std::string file = entry.at("file");
    SCOPED_TRACE(file);
    const Image expected = golden_rgb(entry.at("expected"), entry.at("width"), entry.at("height"));
    const Image image = load_image(golden_path(file), {.background = entry.at("background")});
    ASSERT_EQ(image.size(), expected.size());
    const Difference off = difference(image, expected);
    EXPECT_LE(off.largest, entry.at("tolerance").get<int>()) << off.count << " samples differ";
    if (off.count > 0)
      RecordProperty("not_bit_equal_" + std::filesystem::path(file).stem().string(), off.largest);
  }
}

TEST(ProbeImage, ReportsFormatOrientationAndSizesWithoutDecoding) {
  for (const auto& entry : golden_list("decode")) {
    const std::string file = entry.at("file");
    SCOPED_TRACE(file);
    const std::string bytes = golden_bytes(file);
    const ImageInfo info = probe_image(as_bytes(bytes), file);
    EXPECT_EQ(info.format, entry.at("format"));
    EXPECT_EQ(info.orientation, entry.at("orientation"));
    EXPECT_EQ(info.upright(), (Size{entry.at("width"), entry.at("height")}));
  }
}

TEST(DecodeImage, RefusesEveryBadFileForItsReasonAndNamesIt) {
  const std::map<std::string, std::string> words = {{"empty", "empty"},
                                                    {"not_an_image", "not an image"},
                                                    {"not_the_picture", "Git LFS pointer"},
                                                    {"unsupported", "unsupported"},
                                                    {"truncated", "truncated"},
                                                    {"corrupt", "corrupt"},
                                                    {"too_large", "too large"}};
  for (const auto& entry : golden_list("reject")) {
    const std::string file = entry.at("file");
    SCOPED_TRACE(file);
    const std::string message = error_of([&] { load_image(golden_path(file)); });
    EXPECT_THAT(message, HasSubstr(file));
    EXPECT_THAT(message, HasSubstr(words.at(entry.at("reason"))));
  }
}

// The picture is either whole or refused, wherever the file is cut.
TEST(DecodeImage, NeverReturnsAnotherPictureForAFileThatIsCutShort) {
  for (const char* file :
       {"decode/baseline_420.jpg", "decode/progressive.jpg", "decode/cmyk.jpg", "decode/rgb8.png",
        "decode/rgb16_interlaced.png", "decode/rgba8.png", "decode/rgba8_interlaced.png",
        "decode/lossy.webp", "decode/lossless_alpha.webp", "decode/animated_alpha.webp"}) {
    const std::string bytes = golden_bytes(file);
    const Image whole = decode_image(as_bytes(bytes), file);
    std::size_t refused = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string part = bytes.substr(0, size);
      try {
        const Image image = decode_image(as_bytes(part), file);
        ASSERT_EQ(difference(image, whole).count, 0U)
            << file << " cut to " << size << " bytes of " << bytes.size();
      } catch (const Error&) {
        ++refused;
      }
    }
    EXPECT_GE(refused, bytes.size() - 80) << file;  // only what follows the pixels may be missing
  }
}

TEST(DecodeImage, RefusesByThePixelLimitBeforeItAllocates) {
  const std::string bytes = encode_png(texture(10, 11));
  EXPECT_NO_THROW(decode_image(as_bytes(bytes), "a.png", {.max_image_pixels = 110}));
  const std::string message =
      error_of([&] { decode_image(as_bytes(bytes), "a.png", {.max_image_pixels = 109}); });
  EXPECT_THAT(message, HasSubstr("'a.png'"));
  EXPECT_THAT(message, HasSubstr("10 x 11 = 110 pixels, and the limit is 109"));
  EXPECT_THAT(message, HasSubstr("--max-image-pixels"));
}

TEST(DecodeImage, RefusesABackgroundThatIsNoColourAndSaysWhatItTakes) {
  const std::string bytes = encode_png(texture(2, 2));
  for (const char* wrong : {"", "grey", "#12345", "#1234567", "#12345g", "123456"}) {
    const std::string message =
        error_of([&] { decode_image(as_bytes(bytes), "a.png", {.background = wrong}); });
    EXPECT_THAT(message, HasSubstr(fmt::format("'{}'", wrong)));
    EXPECT_THAT(message, HasSubstr("white, black or a colour like #ff8000"));
  }
  EXPECT_EQ(parse_color("#0aFf80"), (Color{10, 255, 128}));
}

TEST(DecodeImage, TellsWhetherTheBackgroundShows) {
  EXPECT_TRUE(load_image(golden_path("decode/rgba8.png")).shows_background);
  EXPECT_TRUE(load_image(golden_path("decode/palette8_trns_interlaced.png")).shows_background);
  EXPECT_TRUE(load_image(golden_path("decode/lossy_alpha.webp")).shows_background);
  EXPECT_FALSE(load_image(golden_path("decode/rgb8.png")).shows_background);
  EXPECT_FALSE(load_image(golden_path("decode/cmyk.jpg")).shows_background);
}

TEST(ImageReader, SaysOnceThatTransparentPicturesAreShownOnTheBackground) {
  std::vector<std::string> said;
  set_log_sink([&](LogLevel, std::string_view message) { said.emplace_back(message); });
  const ImageReader reader({.background = "black"});
  reader.load(golden_path("decode/rgb8.png"));
  EXPECT_TRUE(said.empty());
  reader.load(golden_path("decode/rgba8.png"));
  reader.load(golden_path("decode/rgba16.png"));
  set_log_sink(nullptr);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_THAT(said[0], HasSubstr("shown on black"));
  EXPECT_THAT(said[0], HasSubstr("rgba8.png"));
}

TEST(LoadImage, NamesAMissingFileAndAFolder) {
  EXPECT_THAT(error_of([] { load_image("no/such/photo.jpg"); }), HasSubstr("no/such/photo.jpg"));
  EXPECT_THAT(error_of([] { load_image(golden_path("decode")); }), HasSubstr("folder"));
}

TEST(DecodeImage, NamesTheForeignFormatItMet) {
  EXPECT_THAT(error_of([] { load_image(golden_path("reject/gif.gif")); }), HasSubstr("GIF"));
  const std::string heic = std::string("\0\0\0\x18", 4) + "ftypheic and so on";
  EXPECT_THAT(error_of([&] { decode_image(as_bytes(heic), "IMG_1.HEIC"); }), HasSubstr("HEIF"));
}

// A 2 x 2 picture "ab / cd": each orientation as the Exif standard draws it.
TEST(Upright, TurnsAsTheExifStandardSays) {
  Image stored(2, 2);
  for (std::size_t i = 0; i < 4; ++i) stored.rgb[i * 3] = static_cast<std::uint8_t>("abcd"[i]);
  const auto read = [&](int orientation) {
    const Image image = upright(stored, orientation);
    std::string out;
    for (std::size_t i = 0; i < 4; ++i) out += static_cast<char>(image.rgb[i * 3]);
    return out;
  };
  EXPECT_EQ(read(1), "abcd");
  EXPECT_EQ(read(2), "badc");
  EXPECT_EQ(read(3), "dcba");
  EXPECT_EQ(read(4), "cdab");
  EXPECT_EQ(read(5), "acbd");
  EXPECT_EQ(read(6), "cadb");
  EXPECT_EQ(read(7), "dbca");
  EXPECT_EQ(read(8), "bdac");
}

}  // namespace
}  // namespace juror
