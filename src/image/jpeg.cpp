// JPEG to RGB8 as Pillow decodes it: accurate integer DCT, smooth chroma, inverted inks.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "image/codecs.h"
#include "image/jpeg_copy.h"
#include "image/jpeg_error.h"

namespace juror {
namespace {

// A progressive picture has about ten scans. Each may cost a pass over all pixels and no byte to
// speak of, so that the more pixels, the fewer scans: hundreds are an attack on the clock.
constexpr std::int64_t kFewestMaxScans = 32, kMaxScans = 500, kMaxScanPixels = 2'000'000'000;
constexpr std::size_t kMostPixelsInAByte = 512;  // of Huffman codes: a bit for 8 x 8 pixels
constexpr std::size_t kFewPixels = 1 << 20;  // here 9 bytes a pixel are less than a copy is worth
constexpr int kJpegLsMarker = 0xf7;

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

/// Stops libjpeg when it begins one scan too many.
struct ScanLimit {
  jpeg_progress_mgr base{};  // first: libjpeg's pointer to it is our pointer to the whole
  int most = 0;
  bool exceeded = false;

  jpeg_progress_mgr* install() {
    base.progress_monitor = [](j_common_ptr info) {
      auto& limit = *reinterpret_cast<ScanLimit*>(info->progress);
      limit.exceeded = reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > limit.most;
      if (limit.exceeded) ERREXIT(info, JERR_BAD_PROGRESSION);
    };
    return &base;
  }
};

class Reader {
 public:
  Reader(Bytes bytes, const std::string& name) : name_(name), file_size_(bytes.size()) {
    info_.err = errors_.install();
    if (!runs([](Reader& reader) { jpeg_create_decompress(&reader.info_); })) {
      jpeg_destroy_decompress(&info_);
      throw Error(fmt::format("libjpeg could not begin: {}.", errors_.message), ErrorKind::kSystem);
    }
    info_.progress = scans_.install();
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

  /// Of several scans libjpeg holds all coefficients first: 2 bytes each, of which a pixel has 1
  /// (grey) to 4 (inks). Whether that is more than 4 bytes a pixel, of a picture where it matters,
  /// and one scan can hold them.
  bool holds_much() {
    const std::size_t pixels = std::size_t{info_.image_width} * info_.image_height;
    if (pixels <= kFewPixels || !jpeg_has_multiple_scans(&info_)) return false;
    std::size_t coefficients = 0;
    int blocks = 0;
    for (int c = 0; c < info_.num_components; ++c) {
      const jpeg_component_info& component = info_.comp_info[c];
      coefficients += std::size_t{component.width_in_blocks} * component.height_in_blocks * 64;
      blocks += component.h_samp_factor * component.v_samp_factor;
    }
    return 2 * coefficients > 4 * pixels + pixels / 2 && blocks <= C_MAX_BLOCKS_IN_MCU;
  }

  /// The picture's coefficients in one scan, for another Reader.
  std::string copy_in_one_scan() {
    prepare();
    copy_ = std::make_unique<JpegCopy>();
    guard([](Reader& reader) { reader.copy_->write(reader.info_); });
    if (source_.ended) refuse_truncated(name_, "JPEG");
    return copy_->take();
  }

  Image read_pixels() {
    prepare();
    if (info_.out_color_space == JCS_CMYK) inks_.resize(std::size_t{info_.image_width} * 4);
    guard([](Reader& reader) { jpeg_start_decompress(&reader.info_); });
    Image image(static_cast<int>(info_.image_width), static_cast<int>(info_.image_height));
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
    refuse_unsupported();
    if (scans_.exceeded) {
      refuse_image(name_, fmt::format("it has more than {} scans, which is too many for {} x {} "
                                      "pixels; save it again as an ordinary JPEG",
                                      scans_.most, info_.image_width, info_.image_height));
    }
    if (source_.ended) refuse_truncated(name_, "JPEG");
    refuse_image(name_, fmt::format("the JPEG data are corrupt ({})", errors_.message));
  }

  /// Kinds of JPEG that libjpeg does not read, though nothing is wrong with them.
  void refuse_unsupported() const {
    const int code = errors_.base.msg_code, value = errors_.base.msg_parm.i[0];
    std::string kind;
    if (code == JERR_BAD_PRECISION) kind = fmt::format("a JPEG of {} bits a sample", value);
    if (code == JERR_SOF_UNSUPPORTED) kind = "a lossless or hierarchical JPEG";
    if (code == JERR_UNKNOWN_MARKER && value == kJpegLsMarker) kind = "a JPEG-LS file";
    if (kind.empty()) return;
    refuse_image(name_, kind + " is unsupported; convert it to PNG, or to a JPEG of 8 bits");
  }

  bool runs(void (*phase)(Reader&)) {
    if (setjmp(errors_.jump) != 0) return false;
    phase(*this);
    return true;
  }

  /// Refuses what no decoder should begin with, and sets how to decode.
  void prepare() {
    const std::size_t pixels = std::size_t{info_.image_width} * info_.image_height;
    const bool too_few_bytes = file_size_ < pixels / kMostPixelsInAByte;
    if (too_few_bytes && !info_.arith_code) refuse_truncated(name_, "JPEG");
    choose_colours();
    scans_.most = most_jpeg_scans(
        {static_cast<int>(info_.image_width), static_cast<int>(info_.image_height)});
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
  const std::size_t file_size_;
  jpeg_decompress_struct info_{};
  ScanLimit scans_;
  JpegErrors errors_;
  Source source_;
  std::vector<std::uint8_t> inks_;
  std::unique_ptr<JpegCopy> copy_;
  Image* image_ = nullptr;
};

}  // namespace

int most_jpeg_scans(Size size) {
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  return static_cast<int>(std::clamp(kMaxScanPixels / pixels, kFewestMaxScans, kMaxScans));
}

Size jpeg_size(Bytes bytes, const std::string& name) { return Reader(bytes, name).read_header(); }

Image decode_jpeg(Bytes bytes, const std::string& name, const Color&) {
  std::string one_scan;
  {
    Reader reader(bytes, name);
    reader.read_header();
    if (!reader.holds_much()) return reader.read_pixels();
    one_scan = reader.copy_in_one_scan();
  }  // the coefficients are gone before the picture is there
  Reader reader({reinterpret_cast<const std::uint8_t*>(one_scan.data()), one_scan.size()}, name);
  reader.read_header();
  return reader.read_pixels();
}

}  // namespace juror
