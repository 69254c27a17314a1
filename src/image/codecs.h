// One decoder a format, between the file's bytes and pixels as stored. Only decode.cpp uses this:
// it sniffs, checks the pixel limit between the two calls, and turns the picture upright.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "image/image.h"
#include "image/options.h"

namespace juror {

using Bytes = std::span<const std::uint8_t>;

/// The sides the header claims; allocates nothing of that size. Throw Error naming the picture.
Size jpeg_size(Bytes bytes, const std::string& name);
Size png_size(Bytes bytes, const std::string& name);
Size webp_size(Bytes bytes, const std::string& name);
Size heif_size(Bytes bytes, const std::string& name);  ///< upright: its own turning is applied

/// The picture as stored, transparent pixels laid on `background`. Memory is bounded as decode.h
/// says. Throw Error naming the picture where it is cut short or corrupt.
Image decode_jpeg(Bytes bytes, const std::string& name, const Color& background);
Image decode_png(Bytes bytes, const std::string& name, const Color& background);
Image decode_webp(Bytes bytes, const std::string& name, const Color& background);
Image decode_heif(Bytes bytes, const std::string& name, const Color& background);

/// The most scans that a progressive JPEG of this size may have: fewer, the more pixels each
/// passes.
int most_jpeg_scans(Size size);

[[noreturn]] inline void refuse_image(const std::string& name, const std::string& reason) {
  throw Error(fmt::format("Cannot decode '{}': {}.", name, reason));
}

[[noreturn]] inline void refuse_truncated(const std::string& name, const char* format) {
  refuse_image(
      name,
      fmt::format(
          "the {} file is truncated (it ends before its picture does); fetch or copy it again",
          format));
}

}  // namespace juror
