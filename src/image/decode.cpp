// Sniffing, the pixel limit and the orientation; the formats themselves are in jpeg.cpp, png.cpp
// and webp.cpp.
#include "image/decode.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.h"
#include "image/codecs.h"
#include "image/exif.h"
#include "image/orient.h"

namespace juror {
namespace {

struct Format {
  std::string_view name;
  Size (*size)(Bytes, const std::string&);
  Image (*decode)(Bytes, const std::string&);
};

constexpr Format kJpeg{"jpeg", jpeg_size, decode_jpeg};
constexpr Format kPng{"png", png_size, decode_png};
constexpr Format kWebp{"webp", webp_size, decode_webp};

bool has_at(Bytes bytes, std::size_t offset, std::string_view signature) {
  return bytes.size() >= offset + signature.size() &&
         std::equal(signature.begin(), signature.end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// Formats that are pictures but none of ours, so that the sentence can say which.
std::string_view foreign_format(Bytes bytes) {
  struct Signature {
    std::size_t offset;
    std::string_view bytes, name;
  };
  static constexpr std::array kSignatures{Signature{0, "GIF8", "GIF"},
                                          Signature{0, "BM", "BMP"},
                                          Signature{0, "II*", "TIFF or camera raw"},
                                          Signature{0, "MM", "TIFF"},
                                          Signature{4, "ftypavif", "AVIF"},
                                          Signature{4, "ftyp", "HEIF or a video"},
                                          Signature{0, "\xff\x0a", "JPEG XL"},
                                          Signature{4, "JXL ", "JPEG XL"},
                                          Signature{4, "jP  ", "JPEG 2000"},
                                          Signature{0, "%PDF", "PDF"},
                                          Signature{0, "8BPS", "Photoshop"},
                                          Signature{0, "<svg", "SVG"}};
  const auto found = std::ranges::find_if(
      kSignatures, [&](const Signature& s) { return has_at(bytes, s.offset, s.bytes); });
  return found == kSignatures.end() ? std::string_view{} : found->name;
}

const Format& sniff(Bytes bytes, const std::string& name) {
  if (bytes.empty()) refuse_image(name, "the file is empty");
  if (has_at(bytes, 0, "\xff\xd8")) return kJpeg;
  if (has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return kPng;
  if (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "WEBP")) return kWebp;
  const std::string_view foreign = foreign_format(bytes);
  if (foreign.empty())
    refuse_image(name, "it is not an image (no JPEG, PNG or WebP signature at its start)");
  refuse_image(
      name, fmt::format("{} is an unsupported format; convert it to JPEG, PNG or WebP", foreign));
}

void check_size(Size size, const std::string& name, const DecodeLimits& limits) {
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  require(pixels <= limits.max_pixels,
          "Cannot decode '{}': it is too large: its header claims {} x {} = {} pixels, and the "
          "limit is {}. Shrink the picture, or raise the limit if you trust the file.",
          name, size.width, size.height, pixels, limits.max_pixels);
}

}  // namespace

ImageInfo probe_image(Bytes bytes, const std::string& name) {
  const Format& format = sniff(bytes, name);
  return {format.size(bytes, name), exif_orientation(bytes), std::string(format.name)};
}

Image decode_image(Bytes bytes, const std::string& name, const DecodeLimits& limits) {
  const Format& format = sniff(bytes, name);
  check_size(format.size(bytes, name), name, limits);
  return upright(format.decode(bytes, name), exif_orientation(bytes));
}

Image load_image(const std::filesystem::path& path, const DecodeLimits& limits) {
  const std::string bytes = read_file(path);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                      path.string(), limits);
}

}  // namespace juror
