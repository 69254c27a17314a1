// Where JPEG, PNG and WebP files keep the metadata that say which way is up. Knows containers, and
// nothing of what stands in the blocks (orientation.h does).
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace juror {

/// The first block of each kind, or "". At most a megabyte of each is kept.
struct Metadata {
  std::string exif;  ///< TIFF as it begins with II or MM, without "Exif\0\0"
  std::string xmp;   ///< an XMP packet: XML
};

/// JPEG: APP1 segments before the scan. PNG: eXIf, iTXt "XML:com.adobe.xmp", and the hexadecimal
/// "Raw profile type exif", "APP1" or "xmp" that ImageMagick writes. WebP: the chunks EXIF and
/// "XMP ". A file that begins like TIFF (a camera raw) is its own Exif. A block that cannot be read
/// is left out; never throws for what the file holds.
Metadata find_metadata(std::span<const std::uint8_t> file);

}  // namespace juror
