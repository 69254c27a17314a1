// PNG of every depth and colour type to RGB8.
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <vector>

#include "image/codecs.h"

namespace juror {
namespace {

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
    png_set_read_fn(png_, this, on_read);
    png_set_user_limits(png_, PNG_UINT_31_MAX,
                        PNG_UINT_31_MAX);  // ours is in pixels, and checked by the caller
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Size read_header() {
    guard([](Reader& reader) { png_read_info(reader.png_, reader.info_); });
    return {static_cast<int>(png_get_image_width(png_, info_)),
            static_cast<int>(png_get_image_height(png_, info_))};
  }

  Image read_pixels() {
    Image image(static_cast<int>(png_get_image_width(png_, info_)),
                static_cast<int>(png_get_image_height(png_, info_)));
    for (int y = 0; y < image.height; ++y) rows_.push_back(image.row(y));
    guard([](Reader& reader) {
      reader.ask_for_rgb();
      png_read_image(reader.png_, reader.rows_.data());
    });
    return image;
  }

 private:
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

  void ask_for_rgb() {
    const int type = png_get_color_type(png_, info_);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
    if ((type & PNG_COLOR_MASK_COLOR) == 0) png_set_gray_to_rgb(png_);
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    const std::size_t row_bytes = std::size_t{png_get_image_width(png_, info_)} * 3;
    if (png_get_rowbytes(png_, info_) != row_bytes) png_error(png_, "not convertible to RGB");
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
  std::vector<png_bytep> rows_;
};

}  // namespace

Size png_size(Bytes bytes, const std::string& name) { return Reader(bytes, name).read_header(); }

Image decode_png(Bytes bytes, const std::string& name) {
  Reader reader(bytes, name);
  reader.read_header();
  return reader.read_pixels();
}

}  // namespace juror
