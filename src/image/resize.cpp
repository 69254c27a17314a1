// Pillow's resampling: weights in double, rounded to 22 fractional bits; two passes with bytes in
// between. The loops run over rows in strips so that the compiler can use the widest vectors the
// machine has.
#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__clang__)
#define JUROR_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define JUROR_WIDE
#endif

namespace juror {
namespace {

constexpr int kFractionBits = 22;
constexpr int kStrip = 32;  // rows a horizontal pass handles at once

struct Filter {
  double support;
  double (*weight)(double);
};

double cubic(double x) {
  constexpr double kA = -0.5;
  x = std::fabs(x);
  if (x < 1.0) return ((kA + 2.0) * x - (kA + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * kA;
  return 0.0;
}

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

/// For every result position the first source position and the fixed-point weights from there on.
struct Taps {
  std::vector<int> first, count;
  std::vector<std::int32_t> weights;  // [results, stride]
  std::size_t stride = 0;
};

Taps make_taps(int from, int to, const Filter& filter) {
  const double scale = static_cast<double>(from) / to;
  const double widening = std::max(scale, 1.0);
  const double support = filter.support * widening;
  Taps taps;
  taps.stride = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  taps.weights.resize(taps.stride * static_cast<std::size_t>(to));
  std::vector<double> exact(taps.stride);
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
    const int count = std::min(from, static_cast<int>(std::floor(centre + support + 0.5))) - first;
    double sum = 0.0;
    for (int k = 0; k < count; ++k) {
      exact[static_cast<std::size_t>(k)] =
          filter.weight((k + first - centre + 0.5) * (1.0 / widening));
      sum += exact[static_cast<std::size_t>(k)];
    }
    std::int32_t* out = taps.weights.data() + taps.stride * static_cast<std::size_t>(i);
    for (int k = 0; k < count; ++k) {
      double w = exact[static_cast<std::size_t>(k)];
      if (sum != 0.0) w /= sum;
      out[k] = static_cast<std::int32_t>((w < 0 ? -0.5 : 0.5) + w * (1 << kFractionBits));
    }
    taps.first.push_back(first);
    taps.count.push_back(count);
  }
  return taps;
}

/// sums[i] = half + Σ_k weights[k] · lines[k · step + i], then rounded and clipped to a byte.
template <int kWidth>
inline __attribute__((always_inline)) void weigh(const std::uint8_t* lines, std::size_t step,
                                                 const std::int32_t* weights, int count,
                                                 std::uint8_t* out) {
  std::int32_t sums[kWidth];
  for (int i = 0; i < kWidth; ++i) sums[i] = 1 << (kFractionBits - 1);
  for (int k = 0; k < count; ++k, lines += step) {
    const std::int32_t weight = weights[k];
    for (int i = 0; i < kWidth; ++i) sums[i] += weight * lines[i];
  }
  for (int i = 0; i < kWidth; ++i)
    out[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> kFractionBits, 0, 255));
}

/// Up to kStrip rows of bytes, transposed: columns[x · kStrip + row]. Rows that are missing repeat
/// the last.
void transpose_in(const Image& image, int top, std::uint8_t* columns) {
  const int bytes = image.width * 3;
  for (int r = 0; r < kStrip; ++r) {
    const std::uint8_t* row = image.row(std::min(top + r, image.height - 1));
    for (int x = 0; x < bytes; ++x) columns[std::size_t(x) * kStrip + std::size_t(r)] = row[x];
  }
}

JUROR_WIDE void weigh_columns(const std::uint8_t* columns, const Taps& taps, std::uint8_t* out) {
  for (std::size_t x = 0; x < taps.first.size(); ++x) {
    const std::uint8_t* from = columns + std::size_t(taps.first[x]) * 3 * kStrip;
    for (int c = 0; c < 3; ++c, from += kStrip, out += kStrip) {
      weigh<kStrip>(from, 3 * kStrip, taps.weights.data() + taps.stride * x, taps.count[x], out);
    }
  }
}

Image resize_rows(const Image& image, int width, const Filter& filter) {
  const Taps taps = make_taps(image.width, width, filter);
  Image out(width, image.height);
  std::vector<std::uint8_t> columns(std::size_t(image.width) * 3 * kStrip);
  std::vector<std::uint8_t> results(std::size_t(width) * 3 * kStrip);
  for (int top = 0; top < image.height; top += kStrip) {
    transpose_in(image, top, columns.data());
    weigh_columns(columns.data(), taps, results.data());
    for (int r = 0; r < std::min(kStrip, image.height - top); ++r) {
      std::uint8_t* row = out.row(top + r);
      for (int x = 0; x < width * 3; ++x)
        row[x] = results[std::size_t(x) * kStrip + std::size_t(r)];
    }
  }
  return out;
}

JUROR_WIDE void weigh_rows(const std::uint8_t* from, std::size_t bytes, const std::int32_t* weights,
                           int count, std::uint8_t* out) {
  std::size_t x = 0;
  for (; x + 64 <= bytes; x += 64) weigh<64>(from + x, bytes, weights, count, out + x);
  for (; x < bytes; ++x) weigh<1>(from + x, bytes, weights, count, out + x);
}

Image resize_columns(const Image& image, int height, const Filter& filter) {
  const Taps taps = make_taps(image.height, height, filter);
  Image out(image.width, height);
  for (int y = 0; y < height; ++y) {
    const auto i = static_cast<std::size_t>(y);
    weigh_rows(image.row(taps.first[i]), std::size_t(image.width) * 3,
               taps.weights.data() + taps.stride * i, taps.count[i], out.row(y));
  }
  return out;
}

/// Pillow 13's rule, measured on 4,000 random sizes: less is left to the horizontal pass when the
/// height shrinks far more.
bool starts_vertically(Size from, Size to) {
  return to.height < from.height &&
         from.height - to.height > 2 * (std::int64_t{from.width} - to.width);
}

Image resize(const Image& image, Size size, const Filter& filter) {
  require(image.width > 0 && image.height > 0 && size.width > 0 && size.height > 0,
          "Cannot resize a {} x {} picture to {} x {}: every side must be positive.", image.width,
          image.height, size.width, size.height);
  if (image.size() == size) return image;
  if (image.width == size.width) return resize_columns(image, size.height, filter);
  if (image.height == size.height) return resize_rows(image, size.width, filter);
  if (starts_vertically(image.size(), size)) {
    return resize_rows(resize_columns(image, size.height, filter), size.width, filter);
  }
  return resize_columns(resize_rows(image, size.width, filter), size.height, filter);
}

}  // namespace

Image resize_bicubic(const Image& image, Size size) { return resize(image, size, {2.0, cubic}); }

Image resize_box(const Image& image, Size size) { return resize(image, size, {0.5, box}); }

Image crop(const Image& image, const Rect& rect) {
  require(rect.width > 0 && rect.height > 0 && rect.x >= 0 && rect.y >= 0 &&
              rect.width <= image.width - rect.x && rect.height <= image.height - rect.y,
          "Cannot crop {} x {} at ({}, {}) from a {} x {} picture: the rectangle is empty or "
          "leaves the picture.",
          rect.width, rect.height, rect.x, rect.y, image.width, image.height);
  Image out(rect.width, rect.height);
  const std::size_t bytes = std::size_t(rect.width) * 3;
  for (int y = 0; y < rect.height; ++y)
    std::memcpy(out.row(y), image.row(rect.y + y) + rect.x * 3, bytes);
  return out;
}

}  // namespace juror
