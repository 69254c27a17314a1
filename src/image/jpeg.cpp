// JPEG to RGB8 as Pillow decodes it: accurate integer DCT, smooth chroma, inverted inks.
#include <utility>
#include <vector>

#include "image/codecs.h"
#include "image/jpeg_error.h"

namespace juror {
namespace {

constexpr int kMaxScans =
    500;  // a progressive picture has about ten; thousands are an attack on the clock

/// libjpeg's data source over a span. At the end it feeds an end marker and remembers that it did.
struct Source {
  jpeg_source_mgr base{};
  bool ended = false;

  void install(Bytes bytes) {
    base.next_input_byte = bytes.data();
    base.bytes_in_buffer = bytes.size();
    base.init_source = base.term_source = [](j_decompress_ptr) {};
    base.fill_input_buffer = [](j_decompress_ptr info) { return of(info).end(); };
    base.skip_input_data = [](j_decompress_ptr info, long count) { of(info).skip(count); };
    base.resync_to_restart = jpeg_resync_to_restart;
  }

 private:
  static Source& of(j_decompress_ptr info) { return *reinterpret_cast<Source*>(info->src); }

  boolean end() {
    static constexpr JOCTET kEndMarker[2] = {0xff, JPEG_EOI};
    ended = true;
    base.next_input_byte = kEndMarker;
    base.bytes_in_buffer = sizeof kEndMarker;
    return TRUE;
  }

  void skip(long count) {
    if (count <= 0) return;
    if (static_cast<std::size_t>(count) > base.bytes_in_buffer) {
      end();
      return;
    }
    base.next_input_byte += count;
    base.bytes_in_buffer -= static_cast<std::size_t>(count);
  }
};

void limit_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  ERREXIT(info, JERR_BAD_PROGRESSION);
}

class Reader {
 public:
  Reader(Bytes bytes, const std::string& name) : name_(name) {
    info_.err = errors_.install();
    jpeg_create_decompress(&info_);
    progress_.progress_monitor = limit_scans;
    info_.progress = &progress_;
    source_.install(bytes);
    info_.src = &source_.base;
  }
  ~Reader() { jpeg_destroy_decompress(&info_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Size read_header() {
    guard([](Reader& reader) { jpeg_read_header(&reader.info_, TRUE); });
    if (source_.ended) refuse_truncated(name_, "JPEG");
    return {static_cast<int>(info_.image_width), static_cast<int>(info_.image_height)};
  }

  Image read_pixels() {
    Image image(static_cast<int>(info_.image_width), static_cast<int>(info_.image_height));
    choose_colours();
    if (info_.out_color_space == JCS_CMYK) inks_.resize(std::size_t{info_.image_width} * 4);
    image_ = &image;
    guard([](Reader& reader) { reader.read_rows(); });
    // One scan may lack its end marker, since no pixel is missing; of several scans the last ones
    // may be missing.
    if (source_.ended && jpeg_has_multiple_scans(&info_)) refuse_truncated(name_, "JPEG");
    return image;
  }

 private:
  /// Runs a phase made of libjpeg calls; what libjpeg refuses becomes an Error.
  void guard(void (*phase)(Reader&)) {
    if (runs(phase)) return;
    if (source_.ended) refuse_truncated(name_, "JPEG");
    refuse_image(name_, fmt::format("the JPEG data are corrupt ({})", errors_.message));
  }

  bool runs(void (*phase)(Reader&)) {
    if (setjmp(errors_.jump) != 0) return false;
    phase(*this);
    return true;
  }

  void choose_colours() {
    const int components = info_.num_components;
    if (components != 1 && components != 3 && components != 4) {
      refuse_image(name_,
                   fmt::format("a JPEG of {} colour components is not supported (1, 3 and 4 are)",
                               components));
    }
    info_.out_color_space = components == 4 ? JCS_CMYK : JCS_RGB;
    info_.dct_method = JDCT_ISLOW;
  }

  void read_rows() {
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      std::uint8_t* row = image_->row(static_cast<int>(info_.output_scanline));
      JSAMPROW target = inks_.empty() ? row : inks_.data();
      jpeg_read_scanlines(&info_, &target, 1);
      if (!inks_.empty()) inks_to_rgb(row);
    }
  }

  /// Inks are stored inverted (255 = no ink), by Adobe's habit; then R = C·K / 255, rounded.
  void inks_to_rgb(std::uint8_t* row) const {
    for (std::size_t x = 0; x < inks_.size(); x += 4, row += 3) {
      for (std::size_t c = 0; c < 3; ++c) {
        const unsigned product = unsigned{inks_[x + c]} * inks_[x + 3];
        row[c] = static_cast<std::uint8_t>((product + 127) / 255);
      }
    }
  }

  const std::string& name_;
  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  JpegErrors errors_;
  Source source_;
  std::vector<std::uint8_t> inks_;
  Image* image_ = nullptr;
};

}  // namespace

Size jpeg_size(Bytes bytes, const std::string& name) { return Reader(bytes, name).read_header(); }

Image decode_jpeg(Bytes bytes, const std::string& name) {
  Reader reader(bytes, name);
  reader.read_header();
  return reader.read_pixels();
}

}  // namespace juror
