// Which way is up, from metadata that other programs wrote (tests/golden) and from bytes that mean
// harm.
#include "image/orientation.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "image/encode.h"
#include "image/fixtures.h"
#include "image/metadata.h"

namespace juror {
namespace {

using std::string_literals::operator""s;

std::string big_endian(std::size_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

/// A JPEG with these APP1 segments behind its start.
std::string jpeg_with(const std::vector<std::string>& bodies) {
  std::string file = encode_jpeg(texture(8, 8), 90), segments;
  for (const std::string& body : bodies)
    segments += "\xff\xe1" + big_endian(body.size() + 2, 2) + body;
  return file.insert(2, segments);
}

/// A PNG with these chunks behind its header.
std::string png_with(const std::vector<std::pair<std::string, std::string>>& chunks) {
  std::string file = encode_png(texture(8, 8)), added;
  for (const auto& [kind, body] : chunks) {
    const std::string checked = kind + body;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
    added += big_endian(body.size(), 4) + checked + big_endian(crc, 4);
  }
  return file.insert(8 + 25, added);
}

/// A big-endian TIFF block with one tag.
std::string tiff(int tag, int type, std::size_t count, const std::string& value) {
  return "MM\0*"s + big_endian(8, 4) + big_endian(1, 2) +
         big_endian(static_cast<std::size_t>(tag), 2) +
         big_endian(static_cast<std::size_t>(type), 2) + big_endian(count, 4) + value + "\0\0\0\0"s;
}

int orientation_of(const std::string& file) { return stored_orientation(as_bytes(file)); }
int orientation_of_tiff(const std::string& block) {
  return orientation_of(jpeg_with({"Exif\0\0"s + block}));
}

TEST(StoredOrientation, TakesAByteAShortOrALongAndNothingElse) {
  EXPECT_EQ(orientation_of_tiff(tiff(0x112, 1, 1, "\6\0\0\0"s)), 6);
  EXPECT_EQ(orientation_of_tiff(tiff(0x112, 3, 1, "\0\6\0\0"s)), 6);
  EXPECT_EQ(orientation_of_tiff(tiff(0x112, 4, 1, "\0\0\0\6"s)), 6);
  EXPECT_EQ(orientation_of_tiff(tiff(0x112, 2, 1, "6\0\0\0"s)), 1);
  EXPECT_EQ(orientation_of_tiff(tiff(0x112, 3, 2, "\0\6\0\6"s)), 1);
  EXPECT_EQ(orientation_of_tiff(tiff(0x111, 3, 1, "\0\6\0\0"s)), 1);
}

TEST(StoredOrientation, IsUnharmedByOffsetsThatLeadOutOrBack) {
  std::string block = tiff(0x112, 3, 1, "\0\6\0\0"s);
  for (const std::size_t offset : {0U, 4U, 0xfffffffeU, 0x7fffffffU, 1000U}) {
    block.replace(4, 4, big_endian(offset, 4));
    EXPECT_EQ(orientation_of_tiff(block), 1) << offset;
  }
  std::string loop = tiff(0x112, 3, 1, "\0\6\0\0"s);  // the next directory is this one
  loop.replace(loop.size() - 4, 4, big_endian(8, 4));
  EXPECT_EQ(orientation_of_tiff(loop), 6);
}

TEST(StoredOrientation, TakesExifBeforeXmpEvenWhenItMakesNoSense) {
  const std::string xmp = "http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation='6'/>"s;
  EXPECT_EQ(orientation_of(jpeg_with({xmp})), 6);
  EXPECT_EQ(orientation_of(jpeg_with({xmp, "Exif\0\0"s + tiff(0x112, 3, 1, "\0\3\0\0"s)})), 3);
  EXPECT_EQ(orientation_of(jpeg_with({xmp, "Exif\0\0"s + tiff(0x112, 3, 1, "\0\11\0\0"s)})), 1);
  EXPECT_EQ(orientation_of(jpeg_with({xmp, "Exif\0\0"s + tiff(0x111, 3, 1, "\0\3\0\0"s)})), 6);
}

TEST(StoredOrientation, ReadsXmpElementsAndPassesOverNamesWithoutANumber) {
  const auto with = [](const std::string& xmp) {
    return orientation_of(jpeg_with({"http://ns.adobe.com/xap/1.0/\0"s + xmp}));
  };
  EXPECT_EQ(with("<tiff:Orientation>8</tiff:Orientation>"), 8);
  EXPECT_EQ(with("<x>tiff:Orientation</x><tiff:Orientation>8<"), 8);
  EXPECT_EQ(with("tiff:Orientation=\""), 1);
  EXPECT_EQ(with("tiff:Orientation=\"0\""), 1);
}

TEST(StoredOrientation, ReadsAnApp1ProfileOfEitherKind) {
  const auto hexadecimal = [](const std::string& bytes) {
    std::string text = fmt::format("\nAPP1\n{:8}\n", bytes.size());
    for (const unsigned char c : bytes) text += fmt::format("{:02X}", c);
    return "Raw profile type APP1\0"s + text + "\n";
  };
  const std::string exif = hexadecimal("Exif\0\0"s + tiff(0x112, 3, 1, "\0\7\0\0"s));
  const std::string xmp = hexadecimal("http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation=\"2\"/>"s);
  EXPECT_EQ(orientation_of(png_with({{"tEXt", exif}})), 7);
  EXPECT_EQ(orientation_of(png_with({{"tEXt", xmp}})), 2);
  EXPECT_EQ(orientation_of(png_with({{"tEXt", xmp}, {"tEXt", exif}})), 7);
}

TEST(StoredOrientation, IsOneForTextsThatAreCutShort) {
  for (const std::string& body :
       {"Raw profile type exif"s, "Raw profile type exif\0"s, "Raw profile type exif\0\0"s,
        "Raw profile type exif\0\nexif"s, "Raw profile type exif\0\nexif\n 2\n4"s,
        "XML:com.adobe.xmp\0\1\0en"s, "XML:com.adobe.xmp\0\1\0\0\0"s, ""s}) {
    for (const char* kind : {"tEXt", "zTXt", "iTXt"})
      EXPECT_EQ(orientation_of(png_with({{kind, body}})), 1);
  }
}

// A kilobyte unpacks to a megabyte: many of them would cost seconds.
TEST(FindMetadata, UnpacksAtMostAMegabyteAndAtMostEightTexts) {
  const std::string zeros(16U << 20, '0');
  uLongf size = compressBound(zeros.size());
  std::string packed(size, '\0');
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(zeros.data()), zeros.size()),
            Z_OK);
  packed.resize(size);
  const std::pair<std::string, std::string> bomb{"iTXt", "XML:com.adobe.xmp\0\1\0\0\0"s + packed};
  EXPECT_EQ(find_metadata(as_bytes(png_with({bomb}))).xmp.size(), 1U << 20);
  const std::pair<std::string, std::string> hollow{"tEXt", "Raw profile type xmp\0"s},
      good{"tEXt", "XML:com.adobe.xmp\0tiff:Orientation=\"6\""s};
  std::vector<std::pair<std::string, std::string>> chunks(7, hollow);
  chunks.push_back(good);
  EXPECT_EQ(orientation_of(png_with(chunks)), 6);
  chunks.insert(chunks.begin(), hollow);
  EXPECT_EQ(orientation_of(png_with(chunks)), 1);
}

}  // namespace
}  // namespace juror
