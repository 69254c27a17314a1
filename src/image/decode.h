// Bytes or a file to upright RGB8: JPEG, PNG and WebP, and camera raws by the JPEG inside
// (raw_preview.h); HEIC and AVIF in builds with JUROR_HEIF. Knows no other formats and writes
// nothing.
//
// Choices, for every format:
// - The content decides the format, never the file's name.
// - The orientation that the metadata name is applied (orientation.h): a photo is judged the way a
//   person sees it. (Qwen's own processor ignores it.)
// - Transparent pixels are laid on a colour, white unless told otherwise, as Qwen's own helper
//   does: colours that nobody can see are not judged. Key colours and palettes likewise.
// - 16-bit samples keep their high byte. Colour profiles are not applied.
// - Of an animation the first frame is taken.
// - A file that ends before its picture does is an error, never a half-grey picture.
//
// Memory, besides the bytes of the file: the picture, 3 bytes a pixel (4 while it has transparency
// or inks), and at most 4 more while it is decoded. (A JPEG of several scans is copied into one
// first where it would take more; one of less than a million pixels is not, and takes 9 MB.) The
// limit of pixels, and whether so few bytes can hold so many, are checked on the header, before
// anything of that size is allocated. Work is bounded by pixels and bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "image/image.h"
#include "image/options.h"

namespace juror {

/// What the header says, without decoding a pixel.
struct ImageInfo {
  Size stored;          ///< as stored, before the orientation is applied
  int orientation = 1;  ///< 1 … 8; 1 where there is none or it makes no sense
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
                   const ImageOptions& options = {});

/// Decodes a file. Throws Error also for a missing file and for a folder.
Image load_image(const std::filesystem::path& path, const ImageOptions& options = {});

/// Decodes the pictures of one command, and says once (as information) that transparent ones are
/// shown on the background. Safe to use from several threads.
class ImageReader {
 public:
  /// Throws Error where the background is no colour.
  explicit ImageReader(ImageOptions options = {});
  const ImageOptions& options() const { return options_; }
  Image decode(std::span<const std::uint8_t> bytes, const std::string& name) const;
  Image load(const std::filesystem::path& path) const;

 private:
  Image noted(Image image) const;

  ImageOptions options_;
  mutable std::atomic_flag said_;
};

}  // namespace juror
