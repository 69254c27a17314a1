// Bytes or a file to upright RGB8: JPEG, PNG and WebP. Knows no other formats and writes nothing.
//
// Choices, for every format:
// - The content decides the format, never the file's name.
// - Exif orientation is applied: a photo is judged the way a person sees it. (Qwen's own processor
//   ignores it.)
// - Alpha is dropped, not composited, as Pillow's convert("RGB") does; transparent pixels keep
//   their stored colour.
// - 16-bit samples keep their high byte. Colour profiles are not applied.
// - Of an animation the first frame is taken.
// - The pixel limit is checked on the header, before anything of the picture's size is allocated.
// - A file that ends before its picture does is an error, never a half-grey picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "image/image.h"

namespace juror {

/// What a picture may claim before it is decoded.
struct DecodeLimits {
  /// Width × height as stored: room for 200-megapixel phones, 750 MB of RGB.
  std::int64_t max_pixels = 250'000'000;
};

/// What the header says, without decoding a pixel.
struct ImageInfo {
  Size stored;          ///< as stored, before the orientation is applied
  int orientation = 1;  ///< Exif orientation 1 … 8; 1 where there is none or it makes no sense
  std::string format;   ///< "jpeg", "png" or "webp"

  /// Width and height of the upright picture that `decode_image` returns.
  Size upright() const { return orientation >= 5 ? Size{stored.height, stored.width} : stored; }
};

/// Reads the header only. `name` is what errors call the picture (usually its path).
/// Throws Error naming the picture: empty, not an image, a format Juror does not read, cut short,
/// corrupt.
ImageInfo probe_image(std::span<const std::uint8_t> bytes, const std::string& name);

/// Decodes to upright RGB8. Throws Error as `probe_image` does, and when the picture exceeds the
/// limit.
Image decode_image(std::span<const std::uint8_t> bytes, const std::string& name,
                   const DecodeLimits& limits = {});

/// Decodes a file. Throws Error also for a missing file and for a folder.
Image load_image(const std::filesystem::path& path, const DecodeLimits& limits = {});

}  // namespace juror
