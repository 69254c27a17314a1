// The one thing Juror wants from a picture's metadata: which way is up.
#pragma once

#include <cstdint>
#include <span>

namespace juror {

/// Exif orientation 1 … 8 of a JPEG (APP1), PNG (eXIf) or WebP (EXIF chunk) file; 1 where there is
/// none, where it is out of range, or where the metadata is broken: a photo with bad metadata is
/// still a photo. Never throws.
int exif_orientation(std::span<const std::uint8_t> file);

}  // namespace juror
