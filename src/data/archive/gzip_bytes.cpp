// Random access to a gzip file: at some block boundaries of the deflate stream the last 32 KiB of
// output are kept, and unpacking restarts there. The method is that of zlib's example zran (Mark
// Adler); the code is not.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

#include "base/error.h"
#include "data/archive/bytes.h"

namespace juror {
namespace {

constexpr std::size_t kWindow = 32768;
constexpr std::size_t kMostPoints = 2048;
constexpr int kGzip = 15 + 16,
              kRaw = -15;  // zlib's window bits: with the gzip header and checksum, or bare deflate

/// Where unpacking can begin.
struct Point {
  std::int64_t out = 0;  ///< offset in the unpacked bytes
  std::int64_t in = 0;   ///< offset in the file of the first whole byte
  int bits = 0;          ///< bits of the byte before it that belong to the block
  std::vector<std::uint8_t> window = {};
};

/// Points in the order of their offsets; when they are too many, every second goes and the spacing
/// doubles.
struct Index {
  std::int64_t spacing = 1 << 20;
  std::vector<Point> points = {};

  bool wants(std::int64_t out) const {
    return out >= (points.empty() ? 0 : points.back().out) + spacing;
  }
  void add(Point point) {
    points.push_back(std::move(point));
    if (points.size() < kMostPoints) return;
    std::size_t kept = 0;
    for (std::size_t i = 1; i < points.size(); i += 2) points[kept++] = std::move(points[i]);
    points.resize(kept);
    spacing *= 2;
  }
  /// The last point at or before the offset; null: the beginning.
  const Point* before(std::int64_t out) const {
    const auto after = std::upper_bound(points.begin(), points.end(), out,
                                        [](std::int64_t o, const Point& p) { return o < p.out; });
    return after == points.begin() ? nullptr : &*std::prev(after);
  }
};

class GzipStream : public ByteStream {
 public:
  /// With `index` set, the stream starts at 0 and notes points there.
  GzipStream(const std::filesystem::path& path, const Point* start, Index* index)
      : path_(path), file_(path, std::ios::binary), index_(index), raw_(start != nullptr) {
    require(std::filesystem::is_regular_file(path) && file_.is_open(),
            "'{}' is missing or no file.", path.string());
    check(inflateInit2(&z_, raw_ ? kRaw : kGzip));
    if (start != nullptr) begin_at(*start);
  }
  ~GzipStream() override { inflateEnd(&z_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::size_t read(std::span<std::uint8_t> to) override {
    std::size_t done = 0;
    while (done < to.size() && (given_ < made_ || make())) {
      const std::size_t n = std::min(to.size() - done, made_ - given_);
      std::copy_n(output_.begin() + static_cast<std::ptrdiff_t>(given_), n,
                  to.begin() + static_cast<std::ptrdiff_t>(done));
      given_ += n;
      done += n;
    }
    return done;
  }

  void skip(std::int64_t bytes) {
    std::array<std::uint8_t, kWindow> sink;
    while (bytes > 0) {
      const std::size_t got = read(
          std::span(sink).first(static_cast<std::size_t>(std::min<std::int64_t>(bytes, kWindow))));
      require(got > 0,
              "'{}' ends before the offset that was asked for; it changed since it was opened.",
              path_.string());
      bytes -= static_cast<std::int64_t>(got);
    }
  }

 private:
  void begin_at(const Point& start) {
    file_.seekg(start.in - (start.bits > 0));
    if (start.bits > 0) check(inflatePrime(&z_, start.bits, file_.get() >> (8 - start.bits)));
    check(inflateSetDictionary(&z_, start.window.data(), static_cast<uInt>(start.window.size())));
  }

  void check(int code) const {
    require(code == Z_OK, "'{}' cannot be unpacked ({}); it is no gzip file or corrupt.",
            path_.string(), z_.msg ? z_.msg : zError(code));
  }

  bool refill() {
    if (z_.avail_in > 0) return true;
    file_.read(reinterpret_cast<char*>(input_.data()), static_cast<std::streamsize>(input_.size()));
    z_.next_in = input_.data();
    z_.avail_in = static_cast<uInt>(file_.gcount());
    in_ += file_.gcount();
    return z_.avail_in > 0;
  }

  /// Unpacks up to one window of output, stopping at block boundaries while an index is made. False
  /// at the end.
  bool make() {
    if (ended_) return false;
    given_ = 0;
    z_.next_out = output_.data();
    z_.avail_out = kWindow;
    made_ = 0;
    while (made_ < kWindow && !ended_) {
      require(refill(), "'{}' is cut short: the gzip stream does not end.", path_.string());
      const uInt before = z_.avail_out;
      const int code = inflate(&z_, index_ != nullptr ? Z_BLOCK : Z_NO_FLUSH);
      out_ += before - z_.avail_out;
      made_ = kWindow - z_.avail_out;
      if (code == Z_STREAM_END) {
        next_member();
      } else {
        check(code == Z_BUF_ERROR ? Z_OK : code);
        note_point();
      }
    }
    return made_ > 0;
  }

  /// zlib: bit 7 of data_type says that a block has just ended, bit 6 that it was the last, bits
  /// 0-2 count unused bits.
  void note_point() {
    if (index_ == nullptr || (z_.data_type & 128) == 0 || (z_.data_type & 64) != 0 ||
        !index_->wants(out_))
      return;
    Point point{.out = out_, .in = in_ - z_.avail_in, .bits = z_.data_type & 7};
    point.window.resize(kWindow);
    uInt size = 0;
    check(inflateGetDictionary(&z_, point.window.data(), &size));
    point.window.resize(size);
    index_->add(std::move(point));
  }

  /// A gzip file may be several, one after the other.
  void next_member() {
    if (raw_) {  // the checksum and length that bare deflate leaves
      for (int i = 0; i < 8; ++i) {
        require(refill(), "'{}' is cut short: its checksum is missing.", path_.string());
        ++z_.next_in;
        --z_.avail_in;
      }
      raw_ = false;
    }
    ended_ = !refill();
    if (!ended_) check(inflateReset2(&z_, kGzip));
  }

  std::filesystem::path path_;
  std::ifstream file_;
  Index* index_;
  bool raw_;
  bool ended_ = false;
  z_stream z_{};
  std::int64_t in_ = 0, out_ = 0;  // read from the file, unpacked
  std::array<std::uint8_t, 65536> input_{};
  std::array<std::uint8_t, kWindow> output_{};
  std::size_t made_ = 0, given_ = 0;  // of output_
};

class GzipBytes : public Bytes {
 public:
  GzipBytes(std::filesystem::path path, std::int64_t spacing) : path_(std::move(path)) {
    index_.spacing = spacing;
  }
  std::unique_ptr<ByteStream> from(std::int64_t offset) override {
    if (offset == 0 && index_.points.empty())
      return std::make_unique<GzipStream>(path_, nullptr, &index_);
    const Point* start = index_.before(offset);
    auto stream = std::make_unique<GzipStream>(path_, start, nullptr);
    stream->skip(offset - (start == nullptr ? 0 : start->out));
    return stream;
  }

 private:
  std::filesystem::path path_;
  Index index_;
};

}  // namespace

std::unique_ptr<Bytes> open_gzip_bytes(const std::filesystem::path& path, std::int64_t spacing) {
  return std::make_unique<GzipBytes>(path, spacing);
}

}  // namespace juror
