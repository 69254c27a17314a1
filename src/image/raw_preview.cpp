#include "image/raw_preview.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "image/tiff.h"

namespace juror {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMostDirectories = 64;
enum Tag : std::size_t {
  kPanasonicJpeg = 0x2e,
  kCompression = 0x103,
  kStripOffsets = 0x111,
  kStripBytes = 0x117,
  kSubDirectories = 0x14a,
  kJpegOffset = 0x201,
  kJpegBytes = 0x202,
};

/// Pixels of a JPEG as its header claims; 0 where it is none or of a kind (lossless, as raw data
/// are) that is no picture for people.
std::int64_t jpeg_pixels(Bytes jpeg) {
  std::size_t at = 2;
  if (jpeg.size() < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8) return 0;
  while (at + 9 < jpeg.size() && jpeg[at] == 0xff) {
    const std::uint8_t marker = jpeg[at + 1];
    if (marker == 0xff) {
      ++at;
      continue;
    }
    const auto word = [&](std::size_t place) {
      return std::size_t{jpeg[place]} << 8 | jpeg[place + 1];
    };
    if (marker >= 0xc0 && marker <= 0xc2)
      return static_cast<std::int64_t>(word(at + 5) * word(at + 7));
    if (marker == 0xc3 || (marker >= 0xc5 && marker <= 0xcf && marker != 0xc8 && marker != 0xcc) ||
        marker == 0xda)
      return 0;
    at += 2 + word(at + 2);
  }
  return 0;
}

/// What is inside the file and begins like a JPEG.
class Candidates {
 public:
  explicit Candidates(Bytes file) : file_(file) {}

  void add(std::size_t at, std::size_t bytes) {
    if (at >= file_.size()) return;
    const Bytes jpeg = file_.subspan(at, std::min(bytes, file_.size() - at));
    const std::int64_t pixels = jpeg_pixels(jpeg);
    if (pixels <= most_) return;
    most_ = pixels;
    best_ = jpeg;
  }
  std::optional<Bytes> best() const { return most_ > 0 ? std::optional(best_) : std::nullopt; }

 private:
  Bytes file_, best_;
  std::int64_t most_ = 0;
};

void add_directory(const TiffReader& tiff, const TiffDirectory& directory, Candidates& found) {
  const TiffEntry* at = directory.find(kJpegOffset);
  const TiffEntry* bytes = directory.find(kJpegBytes);
  if (at != nullptr && bytes != nullptr) found.add(tiff.value(*at), tiff.value(*bytes));
  const TiffEntry* compression = directory.find(kCompression);
  const TiffEntry* strip = directory.find(kStripOffsets);
  const TiffEntry* length = directory.find(kStripBytes);
  const std::size_t kind = compression == nullptr ? 0 : tiff.value(*compression);
  if (strip != nullptr && length != nullptr && strip->count == 1 && (kind == 6 || kind == 7))
    found.add(tiff.value(*strip), tiff.value(*length));
  if (const TiffEntry* blob = directory.find(kPanasonicJpeg)) found.add(blob->at, blob->count);
}

void add_tiff(Bytes file, Candidates& found) {
  const TiffReader tiff({reinterpret_cast<const char*>(file.data()), file.size()});
  if (!tiff.valid()) return;
  std::vector<std::size_t> open = {tiff.first_directory()};
  std::set<std::size_t> seen = {0};
  while (!open.empty() && seen.size() <= kMostDirectories) {
    const std::size_t at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) continue;
    const TiffDirectory directory = tiff.directory(at);
    add_directory(tiff, directory, found);
    open.push_back(directory.next);
    if (const TiffEntry* inner = directory.find(kSubDirectories)) {
      for (std::size_t i = 0; i < std::min<std::size_t>(inner->count, 16); ++i)
        open.push_back(tiff.value(*inner, i));
    }
  }
}

/// Fuji: the place of the JPEG stands in the header, high byte first.
void add_fuji(Bytes file, Candidates& found) {
  constexpr std::string_view kStart = "FUJIFILMCCD-RAW";
  if (file.size() < 92 || !std::equal(kStart.begin(), kStart.end(), file.begin())) return;
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | file[at + i];
    return value;
  };
  found.add(number(84), number(88));
}

}  // namespace

std::optional<Bytes> raw_preview(Bytes file) {
  Candidates found(file);
  add_tiff(file, found);
  add_fuji(file, found);
  return found.best();
}

}  // namespace juror
