#include "synth/camera_pixels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace juror {

void sharpen(Pixels& pixels, double amount, double sigma) {
  Pixels soft = pixels;
  gaussian_blur(soft, sigma);
  const auto a = static_cast<float>(amount);
  for (std::size_t i = 0; i < pixels.values.size(); ++i)
    pixels.values[i] += a * (pixels.values[i] - soft.values[i]);
}

void add_grain(Pixels& pixels, double sigma, double grain, double luma_share, Random& random) {
  Pixels noise = pixels;
  std::fill(noise.values.begin(), noise.values.end(), 0.0F);
  // A Gaussian of g pixels leaves white noise 1 / (2 g √π) of its deviation.
  const double kept = grain > 0 ? std::min(1.0, 0.5 / (grain * std::sqrt(std::numbers::pi))) : 1.0;
  add_noise(noise, sigma / kept, luma_share, random);
  if (grain > 0) gaussian_blur(noise, grain);
  for (std::size_t i = 0; i < pixels.values.size(); ++i) {
    const float light = std::clamp(pixels.values[i] / 255.0F, 0.0F, 1.0F);
    pixels.values[i] += noise.values[i] * (1.3F - 0.6F * light);
  }
}

std::vector<float> smooth_mask(int width, int height, double share, Random& random) {
  constexpr int kCells = 4;  // bumps along the long side
  constexpr int kColumns = kCells + 2;
  const double cell = static_cast<double>(std::max(width, height)) / kCells;
  const double px = random.uniform(), py = random.uniform();
  std::array<double, kColumns * kColumns> grid{};
  for (double& value : grid) value = random.uniform();
  const auto eased = [](double t) { return t * t * (3 - 2 * t); };
  std::vector<float> values(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    const double v = y / cell + py;
    const int top = static_cast<int>(v);
    const double fv = eased(v - top);
    for (int x = 0; x < width; ++x) {
      const double u = x / cell + px;
      const int left = static_cast<int>(u);
      const double fu = eased(u - left);
      const auto at = [&](int i, int j) {
        return grid[static_cast<std::size_t>((top + j) * kColumns + left + i)];
      };
      values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
             static_cast<std::size_t>(x)] =
          static_cast<float>((1 - fv) * ((1 - fu) * at(0, 0) + fu * at(1, 0)) +
                             fv * ((1 - fu) * at(0, 1) + fu * at(1, 1)));
    }
  }
  std::vector<float> sorted = values;
  const auto rank = static_cast<std::ptrdiff_t>((1 - std::clamp(share, 0.0, 1.0)) *
                                                static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
  const float level = sorted[static_cast<std::size_t>(rank)];
  constexpr float kSoftness = 4;  // from 0 to 1 within a quarter of the field's range
  for (float& value : values) value = std::clamp(1 + kSoftness * (value - level), 0.0F, 1.0F);
  return values;
}

void blend(Pixels& pixels, const Pixels& other, const std::vector<float>& mask) {
  for (std::size_t i = 0; i < pixels.values.size(); ++i)
    pixels.values[i] += mask[i / 3] * (other.values[i] - pixels.values[i]);
}

}  // namespace juror
