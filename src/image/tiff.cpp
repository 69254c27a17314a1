#include "image/tiff.h"

#include <algorithm>
#include <array>

namespace juror {
namespace {

using std::string_view_literals::operator""sv;

/// Bytes of a value by its type; 0 for types that do not exist.
std::size_t size_of(std::size_t type) {
  constexpr std::array<std::size_t, 14> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type < kSizes.size() ? kSizes[type] : 0;
}

}  // namespace

const TiffEntry* TiffDirectory::find(std::size_t tag) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const TiffEntry& entry) { return entry.tag == tag; });
  return found == entries.end() ? nullptr : &*found;
}

TiffReader::TiffReader(std::string_view bytes) : bytes_(bytes) {
  little_ = bytes.starts_with("II"sv);
  for (const std::string_view start : {"II*\0"sv, "MM\0*"sv, "IIRO"sv, "IIRS"sv, "IIU\0"sv})
    valid_ = valid_ || bytes.starts_with(start);
}

std::size_t TiffReader::number(std::size_t at, std::size_t bytes) const {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::size_t place = at + (little_ ? bytes - 1 - i : i);
    value = value << 8 | (place < bytes_.size() ? static_cast<unsigned char>(bytes_[place]) : 0U);
  }
  return value;
}

TiffDirectory TiffReader::directory(std::size_t at) const {
  TiffDirectory directory;
  const std::size_t entries = std::min<std::size_t>(number(at, 2), 512);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = at + 2 + 12 * i;
    if (entry + 12 > bytes_.size()) return directory;
    TiffEntry read{.tag = number(entry, 2),
                   .type = number(entry + 2, 2),
                   .count = number(entry + 4, 4),
                   .at = entry + 8};
    if (read.count > 4 || size_of(read.type) * read.count > 4) read.at = number(entry + 8, 4);
    directory.entries.push_back(read);
  }
  directory.next = number(at + 2 + 12 * entries, 4);
  return directory;
}

std::size_t TiffReader::value(const TiffEntry& entry, std::size_t index) const {
  const std::size_t size = size_of(entry.type);
  if (index >= entry.count || size == 0 || size > 4) return 0;
  return number(entry.at + index * size, size);
}

std::string_view TiffReader::text(const TiffEntry& entry) const {
  if (entry.type != 2 || entry.at >= bytes_.size()) return {};
  const std::string_view text = bytes_.substr(entry.at, entry.count);
  return text.substr(0, text.find('\0'));
}

}  // namespace juror
