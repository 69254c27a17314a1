// The order of operations is the reference's: golden values depend on it to the last bit.
#include "image/smart_resize.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

constexpr double kMaxRatio = 200.0;

void check(Size size, const PixelBounds& bounds, const std::string& name) {
  require(size.width > 0 && size.height > 0, "Cannot resize a {} x {} picture: it has no pixels.",
          size.width, size.height);
  require(bounds.factor > 0 && bounds.min_pixels > 0 && bounds.min_pixels <= bounds.max_pixels,
          "Pixel bounds make no sense: factor {}, min_pixels {}, max_pixels {}; expected a "
          "positive factor and 0 < "
          "min_pixels <= max_pixels.",
          bounds.factor, bounds.min_pixels, bounds.max_pixels);
  const double ratio =
      double(std::max(size.width, size.height)) / std::min(size.width, size.height);
  require(
      ratio <= kMaxRatio,
      "{} of {} x {} pixels is too narrow: its sides are {:.0f} : 1, and a model takes {:.0f} : 1 "
      "at most. Crop it.",
      name.empty() ? "A picture" : fmt::format("'{}': a picture", name), size.width, size.height,
      ratio, kMaxRatio);
}

}  // namespace

Size smart_resize(Size size, const PixelBounds& bounds, const std::string& name) {
  check(size, bounds, name);
  const double f = bounds.factor, h = size.height, w = size.width;
  const auto least = static_cast<double>(bounds.min_pixels),
             most = static_cast<double>(bounds.max_pixels);
  double height = std::nearbyint(h / f) * f;  // half to even
  double width = std::nearbyint(w / f) * f;
  if (height * width > most) {
    const double beta = std::sqrt(h * w / most);
    height = std::max(f, std::floor(h / beta / f) * f);
    width = std::max(f, std::floor(w / beta / f) * f);
  } else if (height * width < least) {
    const double beta = std::sqrt(least / (h * w));
    height = std::ceil(h * beta / f) * f;
    width = std::ceil(w * beta / f) * f;
  }
  return {static_cast<int>(width), static_cast<int>(height)};
}

}  // namespace juror
