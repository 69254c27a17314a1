// Of Exif the first directory is read and nothing is followed, so loops and bad offsets do no harm.
#include "image/orientation.h"

#include <optional>
#include <string_view>

#include "image/metadata.h"
#include "image/tiff.h"

namespace juror {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kOrientationTag = 0x0112, kByte = 1, kShort = 3, kLong = 4;

/// The number of the orientation tag, whatever it is; nothing where the first directory has none.
std::optional<std::size_t> exif_number(std::string_view exif) {
  const bool is_exif = exif.starts_with("II*\0"sv) || exif.starts_with("MM\0*"sv);
  if (!is_exif) return std::nullopt;  // the reader takes raws too
  const TiffReader block(exif);
  const std::size_t directory = block.first_directory(), entries = block.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + 12 * i;  // tag, type, count, value
    if (at + 12 > exif.size()) break;
    if (block.number(at, 2) != kOrientationTag) continue;
    const std::size_t type = block.number(at + 2, 2);
    if (block.number(at + 4, 4) != 1) return 0;
    if (type == kByte) return block.number(at + 8, 1);
    if (type == kShort) return block.number(at + 8, 2);
    return type == kLong ? block.number(at + 8, 4) : 0;
  }
  return std::nullopt;
}

/// tiff:Orientation="6", ='6' or >6<, whichever comes first with a digit behind it.
std::optional<std::size_t> xmp_number(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != std::string_view::npos; at = xmp.find(kName, at)) {
    at += kName.size();
    std::string_view rest = xmp.substr(at);
    const bool is_value =
        rest.starts_with("=\"") || rest.starts_with("='") || rest.starts_with(">");
    if (!is_value) continue;
    rest.remove_prefix(rest[0] == '=' ? 2 : 1);
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')
      return static_cast<std::size_t>(rest[0] - '0');
  }
  return std::nullopt;
}

}  // namespace

int stored_orientation(std::span<const std::uint8_t> file) {
  const Metadata metadata = find_metadata(file);
  std::optional<std::size_t> number = exif_number(metadata.exif);
  if (!number) number = xmp_number(metadata.xmp);
  return number && *number >= 1 && *number <= 8 ? static_cast<int>(*number) : 1;
}

}  // namespace juror
