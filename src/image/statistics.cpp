#include "image/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "image/resize.h"

namespace juror {
namespace {

constexpr int kLongSide = 1024;
constexpr int kBlock = 8;           // of JPEG
constexpr double kStepFloor = 0.1;  // levels; keeps the ratio of steps finite in flat pictures

/// One channel: `values` is [height, width].
struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
  float at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
};

struct Moments {
  double sum = 0, squares = 0, count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return count > 0 ? sum / count : 0; }
  double variance() const {
    return count > 0 ? std::max(0.0, squares / count - mean() * mean()) : 0;
  }
};

Plane luma_of(const Image& image) {
  Plane plane{image.width, image.height, {}};
  plane.values.reserve(image.rgb.size() / 3);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    plane.values.push_back(0.299F * image.rgb[i] + 0.587F * image.rgb[i + 1] +
                           0.114F * image.rgb[i + 2]);
  }
  return plane;
}

/// Means of 2 × 2 pixels; an odd last row or column is left out.
Plane halved(const Plane& plane) {
  Plane half{plane.width / 2, plane.height / 2, {}};
  for (int y = 0; y < half.height; ++y) {
    for (int x = 0; x < half.width; ++x) {
      half.values.push_back((plane.at(2 * x, 2 * y) + plane.at(2 * x + 1, 2 * y) +
                             plane.at(2 * x, 2 * y + 1) + plane.at(2 * x + 1, 2 * y + 1)) /
                            4);
    }
  }
  return half;
}

/// Calls `visit(x, y)` for every pixel with eight neighbours.
template <class Visit>
void for_inner_pixels(const Plane& plane, Visit&& visit) {
  for (int y = 1; y + 1 < plane.height; ++y) {
    for (int x = 1; x + 1 < plane.width; ++x) visit(x, y);
  }
}

double laplacian_variance(const Plane& p) {
  Moments moments;
  for_inner_pixels(p, [&](int x, int y) {
    moments.add(p.at(x - 1, y) + p.at(x + 1, y) + p.at(x, y - 1) + p.at(x, y + 1) - 4 * p.at(x, y));
  });
  return moments.variance();
}

/// The mask [1 −2 1; −2 4 −2; 1 −2 1] answers to noise and not to edges.
double noise_sigma(const Plane& p) {
  Moments moments;
  for_inner_pixels(p, [&](int x, int y) {
    const float corners =
        p.at(x - 1, y - 1) + p.at(x + 1, y - 1) + p.at(x - 1, y + 1) + p.at(x + 1, y + 1);
    const float sides = p.at(x - 1, y) + p.at(x + 1, y) + p.at(x, y - 1) + p.at(x, y + 1);
    moments.add(std::abs(corners - 2 * sides + 4 * p.at(x, y)));
  });
  return std::sqrt(std::numbers::pi / 2) / 6 * moments.mean();
}

double log_blockiness(const Plane& p) {
  Moments borders, elsewhere;
  for (int y = 0; y < p.height; ++y) {
    for (int x = 0; x + 1 < p.width; ++x) {
      ((x + 1) % kBlock == 0 ? borders : elsewhere).add(std::abs(p.at(x + 1, y) - p.at(x, y)));
    }
  }
  for (int y = 0; y + 1 < p.height; ++y) {
    for (int x = 0; x < p.width; ++x) {
      ((y + 1) % kBlock == 0 ? borders : elsewhere).add(std::abs(p.at(x, y + 1) - p.at(x, y)));
    }
  }
  if (borders.count == 0) return 0;
  return std::log((borders.mean() + kStepFloor) / (elsewhere.mean() + kStepFloor));
}

double gradient_coherence(const Plane& p) {
  double xx = 0, yy = 0, xy = 0;
  for_inner_pixels(p, [&](int x, int y) {
    const double dx = p.at(x + 1, y) - p.at(x - 1, y), dy = p.at(x, y + 1) - p.at(x, y - 1);
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return xx + yy > 0 ? std::hypot(xx - yy, 2 * xy) / (xx + yy) : 0;
}

double equal_neighbours(const Image& image) {
  if (image.width < 2) return 0;
  double equal = 0;
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* row = image.row(y);
    for (int x = 0; x + 1 < image.width; ++x)
      equal += std::equal(row + 3 * x, row + 3 * x + 3, row + 3 * x + 3);
  }
  return equal / (static_cast<double>(image.width - 1) * image.height);
}

void add_light(const Plane& luma, ImageStatistics& statistics) {
  Moments moments;
  double dark = 0, bright = 0;
  for (const float value : luma.values) {
    moments.add(value);
    dark += value <= 5.5F;
    bright += value >= 249.5F;
  }
  std::vector<float> sorted = luma.values;
  const auto percentile = [&](double share) {
    const auto place = sorted.begin() +
                       static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), place, sorted.end());
    return static_cast<double>(*place);
  };
  statistics.brightness = moments.mean() / 255;
  statistics.exposure_error = std::abs(statistics.brightness - 0.5);
  statistics.contrast = std::sqrt(moments.variance()) / 255;
  statistics.range = (percentile(0.99) - percentile(0.01)) / 255;
  statistics.dark_share = dark / moments.count;
  statistics.bright_share = bright / moments.count;
}

void add_colour(const Image& image, ImageStatistics& statistics) {
  Moments red_green, yellow_blue, darkest;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const double r = image.rgb[i], g = image.rgb[i + 1], b = image.rgb[i + 2];
    red_green.add(r - g);
    yellow_blue.add((r + g) / 2 - b);
    darkest.add(std::min({r, g, b}));
  }
  const double cast = std::hypot(red_green.mean(), yellow_blue.mean());
  statistics.colour_cast = cast / 255;
  statistics.colourfulness =
      (std::sqrt(red_green.variance() + yellow_blue.variance()) + 0.3 * cast) / 255;
  statistics.haze = darkest.mean() / 255;
}

Image shrunk(const Image& image) {
  const double scale = static_cast<double>(kLongSide) / std::max(image.width, image.height);
  const auto side = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(length * scale)));
  };
  return resize_box(image, {side(image.width), side(image.height)});
}

}  // namespace

ImageStatistics image_statistics(const Image& image) {
  require(image.width > 0 && image.height > 0, "Statistics were asked of an empty picture.");
  if (std::max(image.width, image.height) > kLongSide) return image_statistics(shrunk(image));
  const Plane luma = luma_of(image);
  ImageStatistics statistics{.sharpness_fine = std::log1p(laplacian_variance(luma)),
                             .sharpness_coarse = std::log1p(laplacian_variance(halved(luma))),
                             .noise = std::log1p(noise_sigma(luma)),
                             .blockiness = log_blockiness(luma),
                             .flatness = equal_neighbours(image),
                             .direction = gradient_coherence(luma)};
  add_light(luma, statistics);
  add_colour(image, statistics);
  return statistics;
}

}  // namespace juror
