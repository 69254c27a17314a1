// Pictures that tests make, and what they measure on them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "image/image.h"

namespace juror::testing {

/// A scene with soft colours, edges and fine texture, in the middle tones.
inline Image make_scene(int width, int height, int variant = 0) {
  Image image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool inside =
          std::hypot(x - width / 2.0 + 7 * variant, y - height / 2.0) < height / 3.0;
      const double texture = 22 * std::sin(0.9 * x + variant) * std::sin(1.1 * y);
      const double base = inside ? 165 : 90;
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(base + texture);
      pixel[1] = static_cast<std::uint8_t>(base + texture - 10 + 20.0 * y / height);
      pixel[2] = static_cast<std::uint8_t>(base + texture + 15 - 30.0 * x / width);
    }
  return image;
}

inline Image make_grey(int width, int height, std::uint8_t value) {
  Image image(width, height);
  std::fill(image.rgb.begin(), image.rgb.end(), value);
  return image;
}

inline double mean(const Image& image) {
  double sum = 0;
  for (const std::uint8_t value : image.rgb) sum += value;
  return sum / static_cast<double>(image.rgb.size());
}

inline double channel_mean(const Image& image, std::size_t channel) {
  double sum = 0;
  for (std::size_t i = channel; i < image.rgb.size(); i += 3) sum += image.rgb[i];
  return 3 * sum / static_cast<double>(image.rgb.size());
}

inline double variance(const Image& image) {
  const double centre = mean(image);
  double sum = 0;
  for (const std::uint8_t value : image.rgb) sum += (value - centre) * (value - centre);
  return sum / static_cast<double>(image.rgb.size());
}

/// Mean squared difference of neighbours dx to the right and dy below.
inline double gradient_energy(const Image& image, int dx, int dy) {
  double sum = 0;
  for (int y = 0; y + dy < image.height; ++y)
    for (int x = 0; x + dx < image.width; ++x) {
      const int difference = image.row(y + dy)[3 * (x + dx) + 1] - image.row(y)[3 * x + 1];
      sum += difference * difference;
    }
  return sum / (static_cast<double>(image.width - dx) * (image.height - dy));
}

/// Mean squared difference of two pictures of one size.
inline double distance(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i)
    sum += (a.rgb[i] - b.rgb[i]) * (a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

}  // namespace juror::testing
