// Any bytes as a picture: either an Error or an upright picture within the limit whose size the
// probe foretold.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "image/decode.h"
#include "image/orientation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMaxPixels = 1 << 18;
  const int orientation =
      juror::stored_orientation({data, size});  // of any bytes, decodable or not
  if (orientation < 1 || orientation > 8) std::abort();
  try {
    const juror::Image image =
        juror::decode_image({data, size}, "fuzz", {.max_image_pixels = kMaxPixels});
    const juror::ImageInfo info = juror::probe_image({data, size}, "fuzz");
    if (image.size() != info.upright()) std::abort();
    if (std::int64_t{image.width} * image.height > kMaxPixels) std::abort();
    if (image.rgb.size() !=
        static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3) {
      std::abort();
    }
  } catch (const juror::Error&) {  // refusing is fine
  }
  return 0;
}
