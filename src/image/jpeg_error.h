// libjpeg's errors: it wants a jump instead of a return. Shared by the JPEG reader and writer;
// nothing else.
#pragma once

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>  // after jpeglib.h: its message numbers depend on it

namespace juror {

/// libjpeg's error manager with a place to jump to. Between setjmp and the jump only trivial
/// objects may live.
struct JpegErrors {
  jpeg_error_mgr base{};  // first: libjpeg's pointer to it is our pointer to the whole
  std::jmp_buf jump{};
  char message[JMSG_LENGTH_MAX] = "";

  /// Fills `base`; give its address to the codec's `err`.
  jpeg_error_mgr* install() {
    jpeg_std_error(&base);
    base.error_exit = [](j_common_ptr info) { of(info).fail(info); };
    base.emit_message = [](j_common_ptr info, int level) { of(info).warn(info, level); };
    base.output_message = [](j_common_ptr) {};
    return &base;
  }

 private:
  static JpegErrors& of(j_common_ptr info) { return *reinterpret_cast<JpegErrors*>(info->err); }

  [[noreturn]] void fail(j_common_ptr info) {
    base.format_message(info, message);
    std::longjmp(jump, 1);
  }

  /// Damage to the coded pixels is an error, however bravely libjpeg would paint over it; the rest
  /// is harmless.
  void warn(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (base.msg_code) {
      case JWRN_HIT_MARKER:
      case JWRN_HUFF_BAD_CODE:
      case JWRN_ARITH_BAD_CODE:
      case JWRN_MUST_RESYNC:
      case JWRN_BOGUS_PROGRESSION:
        fail(info);
      default:
        ++base.num_warnings;
    }
  }
};

}  // namespace juror
