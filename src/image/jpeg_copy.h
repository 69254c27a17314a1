// A JPEG's coefficients written anew in one scan, in memory: what was spread over many scans can
// then be decoded row by row. Loses nothing; only jpeg.cpp uses it.
#pragma once

#include <string>

#include "image/jpeg_error.h"

namespace juror {

/// The writer of one copy. It must outlive the jump of libjpeg's errors.
class JpegCopy {
 public:
  JpegCopy();
  ~JpegCopy() { jpeg_destroy_compress(&info_); }
  JpegCopy(const JpegCopy&) = delete;
  JpegCopy& operator=(const JpegCopy&) = delete;

  /// Reads all scans of `from`, whose header has been read, and writes them as one. libjpeg's
  /// errors go where those of `from` go.
  void write(jpeg_decompress_struct& from);
  std::string take() { return std::move(bytes_); }

 private:
  static JpegCopy& of(j_compress_ptr info) { return *static_cast<JpegCopy*>(info->client_data); }
  void flush(std::size_t count);

  jpeg_compress_struct info_{};
  jpeg_destination_mgr destination_{};
  JOCTET buffer_[1 << 14];
  std::string bytes_;
};

}  // namespace juror
