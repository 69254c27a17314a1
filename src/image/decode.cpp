// Sniffing, the pixel limit and the orientation; the formats themselves are in jpeg.cpp, png.cpp
// and webp.cpp.
#include "image/decode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "image/codecs.h"
#include "image/orient.h"
#include "image/orientation.h"
#include "image/raw_preview.h"

namespace juror {
namespace {

struct Format {
  std::string_view name;
  Size (*size)(Bytes, const std::string&);
  Image (*decode)(Bytes, const std::string&, const Color&);
};

constexpr Format kJpeg{"jpeg", jpeg_size, decode_jpeg};
constexpr Format kPng{"png", png_size, decode_png};
constexpr Format kWebp{"webp", webp_size, decode_webp};
constexpr Format kHeif{"heif", heif_size, decode_heif};

bool has_at(Bytes bytes, std::size_t offset, std::string_view signature) {
  return bytes.size() >= offset + signature.size() &&
         std::equal(signature.begin(), signature.end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// What else is met under a picture's name, so that the sentence can say what it is.
struct Foreign {
  std::size_t offset;
  std::string_view bytes, name;
};

constexpr std::array kPictures{Foreign{0, "GIF8", "GIF"},
                               Foreign{0, "BM", "BMP"},
                               Foreign{0, "II*", "TIFF or camera raw"},
                               Foreign{0, "II+", "TIFF"},
                               Foreign{0, "MM", "TIFF"},
                               Foreign{4, "ftyp", "a video"},
                               Foreign{0, "\xff\x0a", "JPEG XL"},
                               Foreign{4, "JXL ", "JPEG XL"},
                               Foreign{4, "jP  ", "JPEG 2000"},
                               Foreign{0, "\xff\x4f\xff\x51", "JPEG 2000"},
                               Foreign{0, std::string_view("\0\0\1\0", 4), "ICO"},
                               Foreign{0, std::string_view("\0\0\2\0", 4), "CUR"},
                               Foreign{0, "icns", "ICNS"},
                               Foreign{0, "qoif", "QOI"},
                               Foreign{0, "\x76\x2f\x31\x01", "OpenEXR"},
                               Foreign{0, "#?RADIANCE", "Radiance HDR"},
                               Foreign{0, "DDS ", "DDS"},
                               Foreign{0, "8BPS", "Photoshop"},
                               Foreign{0, "<svg", "SVG"},
                               Foreign{0, "%PDF", "PDF"}};

constexpr std::array kOthers{
    Foreign{0, "version https://git-lfs",
            "it is a Git LFS pointer, not the picture itself; fetch it "
            "with `git lfs pull`"},
    Foreign{0, "<!DOCTYPE", "it is not an image but a web page; download the picture again"},
    Foreign{0, "<html", "it is not an image but a web page; download the picture again"},
    Foreign{0, "PK\3\4", "it is not an image but a zip archive; unpack it first"},
    Foreign{0, "\x1f\x8b", "it is not an image but gzip data; unpack it first"}};

std::string_view find_foreign(Bytes bytes, std::span<const Foreign> table) {
  const auto found = std::ranges::find_if(
      table, [&](const Foreign& foreign) { return has_at(bytes, foreign.offset, foreign.bytes); });
  return found == table.end() ? std::string_view{} : found->name;
}

/// P1 to P7 and white space: the family of PPM.
bool is_netpbm(Bytes bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' &&
         std::isspace(bytes[2]) != 0;
}

/// HEIC and AVIF, by the brand that the file names first.
bool is_heif(Bytes bytes) {
  constexpr std::array<std::string_view, 9> kBrands = {"heic", "heix", "hevc", "heim", "heis",
                                                       "mif1", "msf1", "avif", "avis"};
  return has_at(bytes, 4, "ftyp") && std::ranges::any_of(kBrands, [&](std::string_view brand) {
           return has_at(bytes, 8, brand);
         });
}

const Format& sniff(Bytes bytes, const std::string& name) {
  if (bytes.empty()) refuse_image(name, "the file is empty");
  if (has_at(bytes, 0, "\xff\xd8")) return kJpeg;
  if (has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return kPng;
  if (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "WEBP")) return kWebp;
  if (is_heif(bytes)) return kHeif;
  const std::string_view other = find_foreign(bytes, kOthers);
  if (!other.empty()) refuse_image(name, std::string(other));
  const std::string_view picture = is_netpbm(bytes) ? "PPM" : find_foreign(bytes, kPictures);
  if (picture.empty())
    refuse_image(name, "it is not an image (no JPEG, PNG or WebP signature at its start)");
  refuse_image(
      name, fmt::format("{} is an unsupported format; convert it to JPEG, PNG or WebP", picture));
}

/// Of a camera raw the picture inside; else the file.
Bytes picture_in(Bytes file) { return raw_preview(file).value_or(file); }

void check_size(Size size, const std::string& name, const ImageOptions& options) {
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  require(
      pixels <= options.max_image_pixels,
      "Cannot decode '{}': it is too large: its header claims {} x {} = {} pixels, and the "
      "limit is {}. Shrink the picture, or raise the limit (--max-image-pixels) if you trust the "
      "file.",
      name, size.width, size.height, pixels, options.max_image_pixels);
}

}  // namespace

ImageInfo probe_image(Bytes bytes, const std::string& name) {
  const Bytes picture = picture_in(bytes);
  const Format& format = sniff(picture, name);
  return {format.size(picture, name), stored_orientation(bytes), std::string(format.name)};
}

Image decode_image(Bytes bytes, const std::string& name, const ImageOptions& options) {
  const Bytes picture = picture_in(bytes);
  const Format& format = sniff(picture, name);
  check_size(format.size(picture, name), name, options);
  Image stored = format.decode(picture, name, parse_color(options.background));
  stored.name = name;
  return upright(std::move(stored), stored_orientation(bytes));
}

Image load_image(const std::filesystem::path& path, const ImageOptions& options) {
  const std::string bytes = read_file(path);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                      path.string(), options);
}

ImageReader::ImageReader(ImageOptions options) : options_(std::move(options)) {
  static_cast<void>(parse_color(options_.background));
}

Image ImageReader::decode(Bytes bytes, const std::string& name) const {
  return noted(decode_image(bytes, name, options_));
}

Image ImageReader::load(const std::filesystem::path& path) const {
  return noted(load_image(path, options_));
}

Image ImageReader::noted(Image image) const {
  if (image.shows_background && !said_.test_and_set()) {
    log_info(fmt::format("Transparent pictures are shown on {}, as '{}' (--background).",
                         options_.background, image.name));
  }
  return image;
}

}  // namespace juror
