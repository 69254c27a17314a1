// TIFF directories, as Exif blocks and camera raws have them. Reads numbers; decodes no pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace juror {

/// One entry of a directory. `at`: where its value stands.
struct TiffEntry {
  std::size_t tag = 0, type = 0, count = 0, at = 0;
};

struct TiffDirectory {
  std::vector<TiffEntry> entries;
  std::size_t next = 0;  ///< offset of the next directory, 0 at the end

  const TiffEntry* find(std::size_t tag) const;
};

/// A block in its own byte order. Every read beyond its end is 0, and nothing is followed by
/// itself, so broken blocks do no harm.
class TiffReader {
 public:
  /// TIFF, or a raw that begins like it (Olympus, Panasonic); `valid` says whether.
  explicit TiffReader(std::string_view bytes);
  bool valid() const { return valid_; }

  std::size_t number(std::size_t at, std::size_t bytes) const;
  std::size_t first_directory() const { return number(4, 4); }
  /// At most 512 entries.
  TiffDirectory directory(std::size_t at) const;
  /// The number `index` of an entry of whole numbers; 0 for other types.
  std::size_t value(const TiffEntry& entry, std::size_t index = 0) const;
  /// The text of an entry, up to its first zero.
  std::string_view text(const TiffEntry& entry) const;

 private:
  std::string_view bytes_;
  bool little_ = false, valid_ = false;
};

}  // namespace juror
