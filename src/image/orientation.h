// The one thing Juror wants from a picture's metadata: which way is up.
#pragma once

#include <cstdint>
#include <span>

namespace juror {

/// Orientation 1 … 8 of a JPEG, PNG or WebP file: that of Exif, or where Exif has none that of XMP
/// (as Pillow's exif_transpose). 1 where there is none, where it is out of range, or where the
/// metadata are broken: a photo with bad metadata is still a photo.
int stored_orientation(std::span<const std::uint8_t> file);

}  // namespace juror
