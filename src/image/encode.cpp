// Encoders on libjpeg and on libpng's simplified interface.
#include "image/encode.h"

#include <png.h>

#include <cstdlib>

#include "base/error.h"
#include "image/jpeg_error.h"

namespace juror {
namespace {

void require_pixels(const Image& image, const char* format) {
  require(image.width > 0 && image.height > 0,
          "Cannot encode a {} x {} picture as {}: it has no pixels.", image.width, image.height,
          format);
}

/// One JPEG being written; frees libjpeg's state and its output.
struct JpegWriter {
  jpeg_compress_struct info{};
  JpegErrors errors;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  JpegWriter() { info.err = errors.install(); }
  ~JpegWriter() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  bool write(const Image& image, int quality, ChromaSubsampling subsampling) {
    if (setjmp(errors.jump) != 0) return false;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = static_cast<JDIMENSION>(image.width);
    info.image_height = static_cast<JDIMENSION>(image.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.optimize_coding = TRUE;
    info.comp_info[0].h_samp_factor = subsampling == ChromaSubsampling::k444 ? 1 : 2;
    info.comp_info[0].v_samp_factor = subsampling == ChromaSubsampling::k420 ? 2 : 1;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      auto* row = const_cast<JSAMPLE*>(
          image.row(static_cast<int>(info.next_scanline)));  // libjpeg only reads it
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
  }
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality, ChromaSubsampling subsampling) {
  require_pixels(image, "JPEG");
  require(quality >= 1 && quality <= 100, "JPEG quality is {}; it must be between 1 and 100.",
          quality);
  JpegWriter writer;
  require(writer.write(image, quality, subsampling), "Cannot encode a {} x {} picture as JPEG: {}.",
          image.width, image.height, writer.errors.message);
  return {reinterpret_cast<const char*>(writer.bytes), writer.size};
}

std::string encode_png(const Image& image) {
  require_pixels(image, "PNG");
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  const int ok =
      png_image_write_to_memory(&header, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr);
  require(ok != 0, "Cannot encode a {} x {} picture as PNG: {}.", image.width, image.height,
          header.message);
  bytes.resize(size);
  return bytes;
}

}  // namespace juror
