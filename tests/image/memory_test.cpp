// What decoding takes besides the file, as decode.h states it: peaks of resident memory, read from
// the kernel. Not under sanitizers, which keep what is freed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <webp/encode.h>

#include <malloc.h>

#include <cstdlib>
#include <fstream>

#include "image/codecs.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/fixtures.h"
#include "image/jpeg_error.h"

namespace juror {
namespace {

using ::testing::HasSubstr;

constexpr int kSide = 2000;
constexpr double kPixels = double{kSide} * kSide,
                 kSlack = 1.5e6;  // buffers of a few rows, the heap

std::int64_t status_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stoll(line.substr(key.size() + 1)) * 1024;
  return 0;
}

/// Peak of resident memory while `action` runs, above what was there before.
template <class Action>
double peak_bytes(Action&& action) {
  malloc_trim(0);                                 // else what was freed would be taken again unseen
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  const std::int64_t before = status_bytes("VmRSS:");
  action();
  return static_cast<double>(status_bytes("VmHWM:") - before);
}

double bytes_a_pixel(const std::string& file) {
  const double peak = peak_bytes([&] { decode_image(as_bytes(file), "picture"); });
  return (peak - kSlack) / kPixels;
}

bool measurable() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return status_bytes("VmHWM:") > 0;
#endif
}

/// A PNG of one colour with alpha; interlaced when asked.
std::string png_file(int color_type, int interlace) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep data, std::size_t size) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<char*>(data), size);
      },
      nullptr);
  png_set_IHDR(png, info, kSide, kSide, 8, color_type, interlace, 0, 0);
  png_set_compression_level(png, 1);
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  std::vector<png_byte> row(std::size_t{kSide} * 4, 200);
  for (int pass = 0; pass < passes; ++pass)
    for (int y = 0; y < kSide; ++y) png_write_row(png, row.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

/// Lossless and of many colours, so that the decoder holds 4 bytes a pixel of its own.
std::string webp_file(int side, bool alpha) {
  WebPConfig config;
  WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, 0);
  config.lossless = 1;
  config.method = 0;
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < side * side; ++i)
    for (const int value : {i, i >> 8, i >> 4, alpha ? i >> 2 : 255})
      pixels.push_back(static_cast<std::uint8_t>(value));
  WebPPicture picture;
  WebPPictureInit(&picture);
  picture.use_argb = 1;
  picture.width = picture.height = side;
  WebPPictureImportRGBA(&picture, pixels.data(), side * 4);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  EXPECT_TRUE(WebPEncode(&config, &picture));
  std::string file(reinterpret_cast<char*>(writer.mem), writer.size);
  WebPPictureFree(&picture);
  WebPMemoryWriterClear(&writer);
  return file;
}

/// A canvas of kSide and a first frame of `frame` pixels a side.
std::string animated_webp(int frame) {
  const std::string still = webp_file(frame, false), head = still.substr(12);
  const auto little = [](std::size_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
  };
  const auto chunk = [&](const std::string& name, std::string body) {
    return name + little(body.size(), 4) + body + std::string(body.size() % 2, '\0');
  };
  const auto side = [&](int pixels) { return little(static_cast<std::size_t>(pixels) - 1, 3); };
  const std::string body =
      "WEBP" + chunk("VP8X", std::string("\x02\0\0\0", 4) + side(kSide) + side(kSide)) +
      chunk("ANIM", std::string(6, '\0')) +
      chunk("ANMF",
            little(0, 6) + side(frame) + side(frame) + little(100, 3) + little(0, 1) + head);
  return "RIFF" + little(body.size(), 4) + body;
}

std::string jpeg_file(J_COLOR_SPACE space, int chroma_factor) {
  jpeg_compress_struct info{};
  JpegErrors errors;
  info.err = errors.install();
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = info.image_height = kSide;
  info.in_color_space = space;
  info.input_components = space == JCS_GRAYSCALE ? 1 : space == JCS_CMYK ? 4 : 3;
  jpeg_set_defaults(&info);
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = chroma_factor;
  jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  std::vector<JSAMPLE> samples(std::size_t{kSide} * 4, 90);
  JSAMPROW row = samples.data();
  while (info.next_scanline < info.image_height) jpeg_write_scanlines(&info, &row, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return file;
}

TEST(DecodingMemory, StaysWithinTheBoundOfEachKind) {
  if (!measurable()) GTEST_SKIP() << "memory is not measured here";
  EXPECT_LE(bytes_a_pixel(png_file(PNG_COLOR_TYPE_RGBA, PNG_INTERLACE_NONE)), 3);
  EXPECT_LE(bytes_a_pixel(png_file(PNG_COLOR_TYPE_RGBA, PNG_INTERLACE_ADAM7)), 4);
  EXPECT_LE(bytes_a_pixel(png_file(PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7)), 3);
  EXPECT_LE(bytes_a_pixel(webp_file(kSide, false)), 7);
  EXPECT_LE(bytes_a_pixel(webp_file(kSide, true)), 8);
  EXPECT_LE(bytes_a_pixel(animated_webp(16)), 3);
  EXPECT_LE(bytes_a_pixel(animated_webp(kSide - 2)), 7);
  EXPECT_LE(bytes_a_pixel(animated_webp(kSide)), 7);
  EXPECT_LE(bytes_a_pixel(jpeg_file(JCS_GRAYSCALE, 1)), 5);
  EXPECT_LE(bytes_a_pixel(jpeg_file(JCS_RGB, 2)), 6);
  EXPECT_LE(bytes_a_pixel(jpeg_file(JCS_RGB, 1)), 6.2);  // and the copy in one scan
  EXPECT_LE(bytes_a_pixel(jpeg_file(JCS_CMYK, 1)), 8.2);
}

TEST(DecodingMemory, IsNotTakenForFilesThatOnlyClaimToBeLarge) {
  if (!measurable()) GTEST_SKIP() << "memory is not measured here";
  for (const char* name : {"text_of_2_gib.png", "too_few_bytes.png", "too_few_bytes.jpg",
                           "bomb_16383x16383.webp", "bomb_65500x65500.jpg"}) {
    const std::string file = golden_bytes(std::string("reject/") + name);
    const auto decode = [&] { error_of([&] { decode_image(as_bytes(file), name); }); };
    EXPECT_LE(peak_bytes(decode), 2e6) << name;
  }
}

// Grey, one block; every scan after the first codes one coefficient once more: each is legal.
std::string jpeg_of_scans(int scans) {
  const auto segment = [](char marker, const std::string& body) {
    const std::size_t size = body.size() + 2;
    return std::string("\xff") + marker + static_cast<char>(size >> 8) +
           static_cast<char>(size & 255) + body;
  };
  const auto scan = [&](char first, char last, char bits) {
    return segment('\xda', std::string{1, 1, 0, first, last, bits});
  };
  const std::string one_code = std::string(1, '\1') + std::string(15, '\0') + std::string(1, '\0');
  std::string file = "\xff\xd8" + segment('\xdb', std::string(1, '\0') + std::string(64, '\1')) +
                     segment('\xc2', std::string{8, 0, 8, 0, 8, 1, 1, 0x11, 0}) +
                     segment('\xc4', std::string(1, '\0') + one_code) +
                     segment('\xc4', std::string(1, '\x10') + one_code) + scan(0, 0, 0) + '\x7f';
  for (int i = 1; i < scans; ++i) {
    const int coefficient = (i - 1) / 14 + 1, left = 13 - (i - 1) % 14;
    const int before = left == 13 ? 0 : left + 1;
    file += scan(static_cast<char>(coefficient), static_cast<char>(coefficient),
                 static_cast<char>(before << 4 | left)) +
            '\x7f';
  }
  return file + "\xff\xd9";
}

TEST(DecodingWork, IsBoundedByTheScansOfAProgressiveJpeg) {
  const std::string most = jpeg_of_scans(500), more = jpeg_of_scans(501);
  EXPECT_EQ(decode_image(as_bytes(most), "most.jpg").size(), (Size{8, 8}));
  const std::string message = error_of([&] { decode_image(as_bytes(more), "more.jpg"); });
  EXPECT_THAT(message, HasSubstr("'more.jpg'"));
  EXPECT_THAT(message, HasSubstr("more than 500 scans"));
}

// 64 million pixels: a scan of them takes a fiftieth of a second, however few bytes it has.
TEST(DecodingWork, AllowsFewerScansTheLargerThePictureIs) {
  EXPECT_EQ(most_jpeg_scans({8000, 8000}), 32);
  EXPECT_EQ(most_jpeg_scans({4000, 5000}), 100);
  EXPECT_EQ(most_jpeg_scans({1000, 1000}), 500);
}

}  // namespace
}  // namespace juror
