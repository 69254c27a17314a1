#include "image/jpeg_copy.h"

namespace juror {

JpegCopy::JpegCopy() {
  destination_.init_destination = [](j_compress_ptr info) { of(info).flush(0); };
  destination_.empty_output_buffer = [](j_compress_ptr info) -> boolean {
    of(info).flush(sizeof buffer_);
    return TRUE;
  };
  destination_.term_destination = [](j_compress_ptr info) {
    of(info).flush(sizeof buffer_ - of(info).destination_.free_in_buffer);
  };
}

void JpegCopy::write(jpeg_decompress_struct& from) {
  info_.err = from.err;
  jpeg_create_compress(&info_);
  info_.client_data = this;
  info_.dest = &destination_;
  jvirt_barray_ptr* coefficients = jpeg_read_coefficients(&from);
  jpeg_copy_critical_parameters(&from, &info_);
  jpeg_write_coefficients(&info_, coefficients);
  jpeg_finish_compress(&info_);
}

void JpegCopy::flush(std::size_t count) {
  bytes_.append(reinterpret_cast<const char*>(buffer_), count);
  destination_.next_output_byte = buffer_;
  destination_.free_in_buffer = sizeof buffer_;
}

}  // namespace juror
