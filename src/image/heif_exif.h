// Where HEIC and AVIF files keep their Exif block. Needs no libheif, for it decodes nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace juror {

/// The Exif block as it begins with II or MM, at most a megabyte; "" where the file has none, keeps
/// it in pieces or in another file, or is no HEIF. Which way is up does not follow from it: HEIF
/// says that in boxes of its own.
/// Source: ISO/IEC 14496-12 (boxes meta, iinf, infe, iloc), ISO/IEC 23008-12, annex A (Exif).
std::string heif_exif(std::span<const std::uint8_t> file);

}  // namespace juror
