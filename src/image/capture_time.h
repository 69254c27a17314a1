// When a photo was taken, as its Exif says.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace juror {

/// Seconds since 1970 by the camera's clock, whatever its time zone, with fractions where they are
/// there. Of a JPEG, PNG, WebP, HEIC, AVIF or raw file. Nothing where the metadata do not say.
std::optional<double> capture_time(std::span<const std::uint8_t> file);

}  // namespace juror
