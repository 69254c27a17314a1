// Operations on float pictures.
#include "synth/pixels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/resize.h"

namespace juror {
namespace {

std::vector<float> gaussian_taps(double sigma) {
  const int radius = static_cast<int>(std::ceil(3.0 * sigma));
  std::vector<float> taps(static_cast<std::size_t>(2 * radius + 1));
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += std::exp(-0.5 * i * i / (sigma * sigma));
  float* middle = taps.data() + radius;
  for (int i = -radius; i <= radius; ++i)
    middle[i] = static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma)) / sum);
  return taps;
}

/// out += tap · in, the inner loop of every convolution here.
void add_scaled(float* out, const float* in, float tap, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] += tap * in[i];
}

/// One row with `radius` copies of its edge pixels on both sides.
void pad_row(const float* row, int width, int radius, std::vector<float>& padded) {
  padded.resize(static_cast<std::size_t>(width + 2 * radius) * 3);
  for (int i = 0; i < radius; ++i) {
    std::copy_n(row, 3, padded.data() + i * 3);
    std::copy_n(row + (width - 1) * 3, 3, padded.data() + (radius + width + i) * 3);
  }
  std::copy_n(row, width * 3, padded.data() + radius * 3);
}

void convolve_rows(const Pixels& in, const std::vector<float>& taps, std::vector<float>& out) {
  const int radius = static_cast<int>(taps.size() / 2);
  const std::size_t row_length = static_cast<std::size_t>(in.width) * 3;
  std::vector<float> padded;
  for (int y = 0; y < in.height; ++y) {
    const std::size_t at = static_cast<std::size_t>(y) * row_length;
    pad_row(in.values.data() + at, in.width, radius, padded);
    for (std::size_t k = 0; k < taps.size(); ++k)
      add_scaled(out.data() + at, padded.data() + k * 3, taps[k], row_length);
  }
}

void convolve_columns(const Pixels& in, const std::vector<float>& taps, std::vector<float>& out) {
  const int radius = static_cast<int>(taps.size() / 2);
  const std::size_t row_length = static_cast<std::size_t>(in.width) * 3;
  const float* middle = taps.data() + radius;
  for (int y = 0; y < in.height; ++y) {
    for (int k = -radius; k <= radius; ++k) {
      const auto source = static_cast<std::size_t>(std::clamp(y + k, 0, in.height - 1));
      add_scaled(out.data() + static_cast<std::size_t>(y) * row_length,
                 in.values.data() + source * row_length, middle[k], row_length);
    }
  }
}

/// in shifted by whole pixels, edges repeated, times `weight`, added to out.
void add_shifted(const Pixels& in, int dx, int dy, float weight, std::vector<float>& out) {
  const std::size_t row_length = static_cast<std::size_t>(in.width) * 3;
  const int left = std::clamp(-dx, 0, in.width), right = std::clamp(in.width - dx, 0, in.width);
  for (int y = 0; y < in.height; ++y) {
    const float* row = in.values.data() +
                       static_cast<std::size_t>(std::clamp(y + dy, 0, in.height - 1)) * row_length;
    float* to = out.data() + static_cast<std::size_t>(y) * row_length;
    for (int x = 0; x < left; ++x) add_scaled(to + x * 3, row, weight, 3);
    if (right > left)
      add_scaled(to + left * 3, row + (left + dx) * 3, weight,
                 static_cast<std::size_t>(right - left) * 3);
    for (int x = std::max(left, right); x < in.width; ++x)
      add_scaled(to + x * 3, row + row_length - 3, weight, 3);
  }
}

/// 4096 equally likely values of a standard normal variable, scaled to variance 1.
std::array<float, 4096> normal_quantiles() {
  std::array<float, 4096> table{};
  double square = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(table.size());
    double low = -5, high = 5;
    for (int step = 0; step < 40; ++step) {
      const double middle = 0.5 * (low + high);
      (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
    }
    table[i] = static_cast<float>(low);
    square += low * low;
  }
  const auto scale =
      static_cast<float>(1.0 / std::sqrt(square / static_cast<double>(table.size())));
  for (float& value : table) value *= scale;
  return table;
}

/// A quick stream of standard normal values (SplitMix64 and a table), five for every 64 random
/// bits.
class QuickNormal {
 public:
  explicit QuickNormal(Random& random)
      : state_(std::uint64_t{random.bits()} << 32 | random.bits()) {}
  float next() {
    if (left_ == 0) refill();
    const float value = table()[bits_ & 4095];
    bits_ >>= 12;
    --left_;
    return value;
  }

 private:
  static const std::array<float, 4096>& table() {
    static const std::array<float, 4096> values = normal_quantiles();
    return values;
  }
  void refill() {
    std::uint64_t x = state_ += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    bits_ = x ^ (x >> 31);
    left_ = 5;
  }
  std::uint64_t state_, bits_ = 0;
  int left_ = 0;
};

}  // namespace

Pixels::Pixels(const Image& image)
    : width(image.width), height(image.height), values(image.rgb.begin(), image.rgb.end()) {}

Image Pixels::to_image() const {
  Image image(width, height);
  for (std::size_t i = 0; i < values.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(std::clamp(values[i] + 0.5F, 0.0F, 255.0F));
  return image;
}

void scale_and_shift(Pixels& pixels, const std::array<float, 3>& scale,
                     const std::array<float, 3>& offset) {
  float* v = pixels.values.data();
  for (std::size_t i = 0; i < pixels.values.size(); i += 3)
    for (std::size_t c = 0; c < 3; ++c) v[i + c] = v[i + c] * scale[c] + offset[c];
}

void change_saturation(Pixels& pixels, float factor) {
  float* v = pixels.values.data();
  for (std::size_t i = 0; i < pixels.values.size(); i += 3) {
    const float grey = (v[i] + v[i + 1] + v[i + 2]) / 3;
    for (std::size_t c = 0; c < 3; ++c) v[i + c] = grey + factor * (v[i + c] - grey);
  }
}

void clip(Pixels& pixels) {
  for (float& value : pixels.values) value = std::clamp(value, 0.0F, 255.0F);
}

void gaussian_blur(Pixels& pixels, double sigma) {
  const std::vector<float> taps = gaussian_taps(sigma);
  std::vector<float> out(pixels.values.size());
  convolve_rows(pixels, taps, out);
  pixels.values.swap(out);
  std::fill(out.begin(), out.end(), 0.0F);
  convolve_columns(pixels, taps, out);
  pixels.values.swap(out);
}

void path_blur(Pixels& pixels, const std::vector<std::array<double, 2>>& path) {
  std::vector<float> out(pixels.values.size());
  for (const auto& [x, y] : path) {
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    const double right_share = x - left, bottom_share = y - top;
    for (int corner = 0; corner < 4; ++corner) {
      const int cx = corner & 1, cy = corner >> 1;
      const double share =
          (cx ? right_share : 1 - right_share) * (cy ? bottom_share : 1 - bottom_share);
      if (share > 1e-4)
        add_shifted(pixels, left + cx, top + cy,
                    static_cast<float>(share / static_cast<double>(path.size())), out);
    }
  }
  pixels.values.swap(out);
}

void motion_blur(Pixels& pixels, double length, double angle) {
  const int samples = std::max(2, static_cast<int>(std::ceil(length)));  // one per pixel of length
  std::vector<std::array<double, 2>> path;
  for (int i = 0; i < samples; ++i) {
    const double t = length * ((i + 0.5) / samples - 0.5);
    path.push_back({t * std::cos(angle), t * std::sin(angle)});
  }
  path_blur(pixels, path);
}

void disc_blur(Pixels& pixels, double radius) {
  const int reach = static_cast<int>(std::floor(radius));
  const std::size_t row_length = static_cast<std::size_t>(pixels.width) * 3;
  const std::size_t stride = row_length + static_cast<std::size_t>(2 * reach + 1) * 3;
  std::vector<double> sums(stride * static_cast<std::size_t>(pixels.height));  // along each row
  std::vector<float> padded;
  for (int y = 0; y < pixels.height; ++y) {
    pad_row(pixels.values.data() + static_cast<std::size_t>(y) * row_length, pixels.width, reach,
            padded);
    double* row = sums.data() + static_cast<std::size_t>(y) * stride;
    for (std::size_t i = 0; i < padded.size(); ++i)
      row[i + 3] = row[i] + static_cast<double>(padded[i]);
  }
  std::vector<std::size_t> halves;  // half the disc's width, by distance from its middle row
  double area = 0;
  for (int dy = 0; dy <= reach; ++dy) {
    halves.push_back(static_cast<std::size_t>(std::sqrt(radius * radius - 1.0 * dy * dy)));
    area += (dy == 0 ? 1.0 : 2.0) * static_cast<double>(2 * halves.back() + 1);
  }
  std::vector<double> total(row_length);
  for (int y = 0; y < pixels.height; ++y) {
    std::fill(total.begin(), total.end(), 0.0);
    for (int dy = -reach; dy <= reach; ++dy) {
      const auto source = static_cast<std::size_t>(std::clamp(y + dy, 0, pixels.height - 1));
      const std::size_t half = halves[static_cast<std::size_t>(std::abs(dy))],
                        middle = static_cast<std::size_t>(reach);
      const double* right = sums.data() + source * stride + (middle + half + 1) * 3;
      const double* left = sums.data() + source * stride + (middle - half) * 3;
      for (std::size_t i = 0; i < row_length; ++i) total[i] += right[i] - left[i];
    }
    float* to = pixels.values.data() + static_cast<std::size_t>(y) * row_length;
    for (std::size_t i = 0; i < row_length; ++i) to[i] = static_cast<float>(total[i] / area);
  }
}

void add_noise(Pixels& pixels, double sigma, double luma_share, Random& random) {
  QuickNormal normal(random);
  const auto common = static_cast<float>(sigma * std::sqrt(luma_share));
  const auto own = static_cast<float>(sigma * std::sqrt(1.0 - luma_share));
  float* v = pixels.values.data();
  for (std::size_t i = 0; i < pixels.values.size(); i += 3) {
    const float luma = common * normal.next();
    for (std::size_t c = 0; c < 3; ++c) v[i + c] += luma + own * normal.next();
  }
}

Image pixelate(const Image& image, double block) {
  const Size small = {std::max(1, static_cast<int>(std::lround(image.width / block))),
                      std::max(1, static_cast<int>(std::lround(image.height / block)))};
  const Image reduced = resize_box(image, small);
  Image out(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* from =
        reduced.row(static_cast<int>(static_cast<std::int64_t>(y) * small.height / image.height));
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < image.width; ++x)
      std::copy_n(from + static_cast<std::int64_t>(x) * small.width / image.width * 3, 3,
                  to + x * 3);
  }
  return out;
}

}  // namespace juror
