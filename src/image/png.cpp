// PNG of every depth and colour type to RGB8, transparency laid on a colour.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "image/codecs.h"
#include "image/composite.h"

namespace juror {
namespace {

constexpr png_uint_32 kLongestSide = 1'000'000;  // as libpng's own limit: it keeps whole rows

class Reader {
 public:
  Reader(Bytes bytes, const std::string& name) : name_(name), left_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error,
                                  [](png_structp, png_const_charp) {});
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw Error("libpng has no memory left for a decoder.", ErrorKind::kSystem);
    }
    if (runs([](Reader& reader) { reader.set_up(); })) return;
    png_destroy_read_struct(&png_, &info_, nullptr);
    throw Error(fmt::format("libpng could not begin: {}.", message_), ErrorKind::kSystem);
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Size read_header() {
    guard([](Reader& reader) { png_read_info(reader.png_, reader.info_); });
    const png_uint_32 longest =
        std::max(png_get_image_width(png_, info_), png_get_image_height(png_, info_));
    if (longest > kLongestSide) {
      refuse_image(name_, fmt::format("a side of {} pixels is too large: a PNG may have {} at most",
                                      longest, kLongestSide));
    }
    return {static_cast<int>(png_get_image_width(png_, info_)),
            static_cast<int>(png_get_image_height(png_, info_))};
  }

  /// Interlaced rows are needed whole until the last pass: those with alpha take 4 bytes a pixel.
  Image read_pixels(const Color& background) {
    require_enough_bytes();
    guard([](Reader& reader) { reader.ask_for_rgb(); });
    const bool interlaced = png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE;
    if (!has_alpha_) return read_opaque(interlaced ? 7 : 1);
    return interlaced ? read_interlaced_alpha(background) : read_alpha_by_row(background);
  }

 private:
  void set_up() {
    png_set_read_fn(png_, this, on_read);
    png_set_user_limits(png_, PNG_UINT_31_MAX,
                        PNG_UINT_31_MAX);  // ours is in pixels, and checked by the caller
    skip_chunks();
  }

  /// Chunks that do not change a pixel are passed over: libpng would keep them, however long they
  /// claim to be.
  void skip_chunks() {
    static constexpr png_byte kNames[] =
        "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0hIST\0eXIf\0tIME\0pCAL\0sCAL\0"
        "cHRM\0gAMA\0sBIT\0sRGB\0oFFs\0pHYs\0bKGD";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kNames, sizeof kNames / 5);
  }

  void guard(void (*phase)(Reader&)) {
    if (runs(phase)) return;
    if (ended_) refuse_truncated(name_, "PNG");
    refuse_image(name_, fmt::format("the PNG data are corrupt ({})", message_));
  }

  bool runs(void (*phase)(Reader&)) {  // between setjmp and the jump only trivial objects live
    if (setjmp(jump_) != 0) return false;
    phase(*this);
    return true;
  }

  /// Deflate packs at most 1032 bytes into one: less than that is no picture of this size.
  void require_enough_bytes() {
    const std::size_t packed = std::size_t{png_get_image_height(png_, info_)} *
                               std::size_t{png_get_rowbytes(png_, info_)} / 1032;
    if (packed > left_.size()) refuse_truncated(name_, "PNG");
  }

  void ask_for_rgb() {
    png_set_expand(png_);  // palettes to RGB, few bits to 8, a transparent colour to alpha
    if ((png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png_);
    png_set_strip_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    has_alpha_ = png_get_channels(png_, info_) == 4;
    const std::size_t row_bytes =
        std::size_t{png_get_image_width(png_, info_)} * (has_alpha_ ? 4 : 3);
    if (png_get_rowbytes(png_, info_) != row_bytes) png_error(png_, "not convertible to RGB");
  }

  Image new_image() const {
    return {static_cast<int>(png_get_image_width(png_, info_)),
            static_cast<int>(png_get_image_height(png_, info_))};
  }

  Image read_opaque(int passes) {
    Image image = new_image();
    rows_ = image.rgb.data();
    passes_ = passes;
    guard([](Reader& reader) { reader.read_rows(); });
    return image;
  }

  Image read_interlaced_alpha(const Color& background) {
    Image image;
    image.width = static_cast<int>(png_get_image_width(png_, info_));
    image.height = static_cast<int>(png_get_image_height(png_, info_));
    const std::size_t pixels =
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    image.rgb.resize(pixels * 4);
    rows_ = image.rgb.data();
    passes_ = 7;
    guard([](Reader& reader) { reader.read_rows(); });
    image.shows_background = composite(image.rgb.data(), pixels, background, image.rgb.data());
    image.rgb.resize(pixels * 3);
    return image;
  }

  Image read_alpha_by_row(const Color& background) {
    Image image = new_image();
    rgba_.resize(static_cast<std::size_t>(image.width) * 4);
    for (int y = 0; y < image.height; ++y) {
      guard([](Reader& reader) { png_read_row(reader.png_, reader.rgba_.data(), nullptr); });
      image.shows_background |=
          composite(rgba_.data(), static_cast<std::size_t>(image.width), background, image.row(y));
    }
    return image;
  }

  void read_rows() {
    const std::size_t row_bytes = png_get_rowbytes(png_, info_);
    const png_uint_32 height = png_get_image_height(png_, info_);
    for (int pass = 0; pass < passes_; ++pass) {
      for (png_uint_32 y = 0; y < height; ++y)
        png_read_row(png_, rows_ + std::size_t{y} * row_bytes, nullptr);
    }
  }

  static void on_error(png_structp png, png_const_charp message) {
    auto& reader = *static_cast<Reader*>(png_get_error_ptr(png));
    std::strncpy(reader.message_, message, sizeof reader.message_ - 1);
    std::longjmp(reader.jump_, 1);
  }

  static void on_read(png_structp png, png_bytep to, std::size_t count) {
    auto& reader = *static_cast<Reader*>(png_get_io_ptr(png));
    if (count > reader.left_.size()) {
      reader.ended_ = true;
      png_error(png, "file ends");
    }
    std::memcpy(to, reader.left_.data(), count);
    reader.left_ = reader.left_.subspan(count);
  }

  const std::string& name_;
  Bytes left_;
  bool ended_ = false;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_{};
  char message_[128] = "";
  bool has_alpha_ = false;
  int passes_ = 1;
  png_bytep rows_ = nullptr;        // of the whole picture
  std::vector<std::uint8_t> rgba_;  // one row
};

}  // namespace

Size png_size(Bytes bytes, const std::string& name) { return Reader(bytes, name).read_header(); }

Image decode_png(Bytes bytes, const std::string& name, const Color& background) {
  Reader reader(bytes, name);
  reader.read_header();
  return reader.read_pixels(background);
}

}  // namespace juror
