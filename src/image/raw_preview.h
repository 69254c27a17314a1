// The JPEG that a camera put into its raw file. The raw data themselves are never decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace juror {

/// The largest JPEG inside a raw file that is built like TIFF (CR2, NEF, ARW, DNG, ORF, PEF, RW2,
/// SRW) or Fuji's RAF; nothing for other files, and where there is none that a decoder of ordinary
/// JPEGs reads. Points into `file`.
std::optional<std::span<const std::uint8_t>> raw_preview(std::span<const std::uint8_t> file);

}  // namespace juror
