// In builds without JUROR_HEIF: HEIC and AVIF are told by name.
#include "image/codecs.h"

namespace juror {
namespace {

[[noreturn]] void refuse(const std::string& name) {
  refuse_image(
      name,
      "HEIF (HEIC) and AVIF are not read by this build (cmake -DJUROR_HEIF=ON reads them by "
      "libheif); convert it to JPEG, PNG or WebP");
}

}  // namespace

Size heif_size(Bytes, const std::string& name) { refuse(name); }
Image decode_heif(Bytes, const std::string& name, const Color&) { refuse(name); }

}  // namespace juror
