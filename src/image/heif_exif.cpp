#include "image/heif_exif.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace juror {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

/// Big-endian numbers, one after the other; beyond the end all are 0.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}

  std::size_t take(std::size_t size) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < size; ++i, ++at_)
      value = value << 8 | (at_ < bytes_.size() ? static_cast<std::uint8_t>(bytes_[at_]) : 0U);
    return value;
  }
  bool has_ended() const { return at_ >= bytes_.size(); }
  std::string_view rest() const { return bytes_.substr(std::min(at_, bytes_.size())); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// What stands in the first box of a kind among those that follow one another here.
std::string_view box_in(std::string_view boxes, std::string_view kind) {
  while (boxes.size() >= 8) {
    Numbers head(boxes);
    std::size_t size = head.take(4), begin = 8;
    if (size == 1) {  // a long size follows the kind
      head.take(4);
      size = head.take(8);
      begin = 16;
    }
    if (size == 0) size = boxes.size();  // up to the end
    if (size < begin || size > boxes.size()) return {};
    if (boxes.substr(4, 4) == kind) return boxes.substr(begin, size - begin);
    boxes.remove_prefix(size);
  }
  return {};
}

/// The number of the item that is Exif, by the entries of `iinf`.
std::optional<std::size_t> exif_item(std::string_view iinf) {
  Numbers head(iinf);
  const std::size_t version = head.take(1);
  head.take(3 + (version == 0 ? 2 : 4));
  std::string_view entries = head.rest();
  while (entries.size() >= 8) {
    const std::size_t size = Numbers(entries).take(4);
    if (size < 8 || size > entries.size()) return std::nullopt;
    Numbers entry(entries.substr(8, size - 8));
    const std::size_t of = entry.take(1);
    entry.take(3);
    const std::size_t item = entry.take(of == 2 ? 2 : 4);
    entry.take(2);
    if ((of == 2 || of == 3) && entry.rest().starts_with("Exif")) return item;
    entries.remove_prefix(size);
  }
  return std::nullopt;
}

/// The bytes of an item that stands in the file in one piece, by `iloc`.
std::string_view item_bytes(std::string_view file, std::string_view iloc, std::size_t wanted) {
  Numbers numbers(iloc);
  const std::size_t version = numbers.take(1);
  numbers.take(3);
  const std::size_t sizes = numbers.take(1), more = numbers.take(1);
  const std::size_t offset_size = sizes >> 4, length_size = sizes & 15, base_size = more >> 4,
                    index_size = version == 0 ? 0 : more & 15;
  const std::size_t count = numbers.take(version < 2 ? 2 : 4);
  for (std::size_t i = 0; i < count && !numbers.has_ended(); ++i) {
    const std::size_t item = numbers.take(version < 2 ? 2 : 4);
    const std::size_t method = version == 0 ? 0 : numbers.take(2) & 15, source = numbers.take(2);
    const std::size_t base = numbers.take(base_size), pieces = numbers.take(2);
    std::size_t begin = base, length = 0;
    for (std::size_t piece = 0; piece < pieces && !numbers.has_ended(); ++piece) {
      numbers.take(index_size);
      begin = base + numbers.take(offset_size);
      length = numbers.take(length_size);
    }
    if (item != wanted) continue;
    if (method != 0 || source != 0 || pieces != 1 || begin > file.size()) return {};
    return file.substr(begin, length);
  }
  return {};
}

}  // namespace

std::string heif_exif(std::span<const std::uint8_t> bytes) {
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file.size() < 12 || file.substr(4, 4) != "ftyp") return {};
  std::string_view meta = box_in(file, "meta");
  meta.remove_prefix(std::min<std::size_t>(4, meta.size()));  // version and flags
  const std::optional<std::size_t> item = exif_item(box_in(meta, "iinf"));
  if (!item) return {};
  const std::string_view block = item_bytes(file, box_in(meta, "iloc"), *item);
  const std::size_t skipped = Numbers(block).take(4);  // often "Exif\0\0"
  if (block.size() < 4 || skipped > block.size() - 4) return {};
  return std::string(block.substr(4 + skipped, kMostBytes));
}

}  // namespace juror
