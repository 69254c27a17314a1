// Finds the Exif block in each container; exiv2 reads the block. The containers are walked here,
// because exiv2's own readers also parse XMP, which is neither needed nor safe on several threads.
#include "image/exif.h"

#include <algorithm>
#include <exiv2/error.hpp>
#include <exiv2/exif.hpp>
#include <string_view>

namespace juror {
namespace {

using Bytes = std::span<const std::uint8_t>;
constexpr std::string_view kExifHeader{"Exif\0\0", 6};

bool starts_with(Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return a == char(b); });
}

std::size_t big_endian(Bytes bytes, std::size_t at, int count) {
  std::size_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

std::size_t little_endian32(Bytes bytes, std::size_t at) {
  return std::size_t{bytes[at]} | std::size_t{bytes[at + 1]} << 8 |
         std::size_t{bytes[at + 2]} << 16 | std::size_t{bytes[at + 3]} << 24;
}

/// The Exif block of a JPEG: the first APP1 segment with the Exif header, before the scan.
Bytes find_in_jpeg(Bytes file) {
  std::size_t at = 2;
  while (at + 4 <= file.size() && file[at] == 0xff) {
    const std::uint8_t marker = file[at + 1];
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xda || marker == 0xd9) break;
    const std::size_t length = big_endian(file, at + 2, 2);
    if (length < 2 || at + 2 + length > file.size()) break;
    const Bytes body = file.subspan(at + 4, length - 2);
    if (marker == 0xe1 && starts_with(body, kExifHeader)) return body.subspan(kExifHeader.size());
    at += 2 + length;
  }
  return {};
}

Bytes find_in_png(Bytes file) {
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::size_t length = big_endian(file, at, 4);
    if (length > file.size() - at - 12) break;
    if (starts_with(file.subspan(at + 4), "eXIf")) return file.subspan(at + 8, length);
    at += 12 + length;
  }
  return {};
}

Bytes find_in_webp(Bytes file) {
  std::size_t at = 12;
  while (at + 8 <= file.size()) {
    const std::size_t length = little_endian32(file, at + 4);
    if (length > file.size() - at - 8) break;
    const Bytes body = file.subspan(at + 8, length);
    if (starts_with(file.subspan(at), "EXIF")) {  // some writers keep JPEG's header
      return starts_with(body, kExifHeader) ? body.subspan(kExifHeader.size()) : body;
    }
    at += 8 + length + length % 2;
  }
  return {};
}

Bytes find_exif(Bytes file) {
  if (starts_with(file, "\xff\xd8")) return find_in_jpeg(file);
  if (starts_with(file, "\x89PNG")) return find_in_png(file);
  if (starts_with(file, "RIFF")) return find_in_webp(file);
  return {};
}

int read_orientation(Bytes block) {
  Exiv2::ExifData data;
  Exiv2::ExifParser::decode(data, block.data(), static_cast<std::uint32_t>(block.size()));
  const auto found = data.findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
  return found == data.end() || found->count() == 0 ? 1 : static_cast<int>(found->toLong());
}

}  // namespace

int exif_orientation(Bytes file) {
  static const bool muted = [] {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    return true;
  }();
  static_cast<void>(muted);
  const Bytes block = find_exif(file);
  if (block.empty() || block.size() > 1U << 26) return 1;
  try {
    const int orientation = read_orientation(block);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace juror
