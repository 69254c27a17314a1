#include "synth/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/resize.h"
#include "synth/camera_pixels.h"
#include "synth/recipe.h"

namespace juror {
namespace {

void scale_all(Pixels& pixels, double scale, double offset = 0) {
  const auto s = static_cast<float>(scale), o = static_cast<float>(offset);
  scale_and_shift(pixels, {s, s, s}, {o, o, o});
  clip(pixels);
}

/// `change` everywhere, or with probability `uneven` only where a mask of at least `least` of the
/// picture lies.
template <class Change>
void change_part(Pixels& pixels, double uneven, double least, Random& random, Change change) {
  if (random.uniform() >= uneven) return change(pixels);
  Pixels changed = pixels;
  change(changed);
  blend(pixels, changed,
        smooth_mask(pixels.width, pixels.height, random.uniform(least, 1.0), random));
}

void tint(Pixels& pixels, double gain, Random& random) {
  const std::size_t up = random.below(3), down = (up + 1 + random.below(2)) % 3;
  std::array<float, 3> scale = {1, 1, 1};
  scale[up] += static_cast<float>(gain);
  scale[down] -= static_cast<float>(gain);
  scale_and_shift(pixels, scale, {});
  clip(pixels);
}

void let_light_in(Pixels& pixels, const Degradation& d, Random& random) {
  if (const float s = d[Defect::kHaze]; s > 0) {
    const double contrast = recipe::haze_contrast(s),
                 level = recipe::kHazeLevel + random.uniform(-40, 40);
    change_part(pixels, 0.4, 0.6, random,
                [&](Pixels& p) { scale_all(p, contrast, level * (1.0 - contrast)); });
  }
  if (const float s = d[Defect::kDark]; s > 0)
    change_part(pixels, 0.4, 0.6, random, [&](Pixels& p) { scale_all(p, recipe::dark_gain(s)); });
  if (const float s = d[Defect::kBright]; s > 0)
    change_part(pixels, 0.5, 0.4, random, [&](Pixels& p) { scale_all(p, recipe::bright_gain(s)); });
  if (const float s = d[Defect::kColourCast]; s > 0)
    change_part(pixels, 0.2, 0.6, random,
                [&](Pixels& p) { tint(p, recipe::cast_gain(s), random); });
}

/// A bent line of `length` pixels through the middle, a place every `step` pixels.
std::vector<std::array<double, 2>> bent_path(double length, double step, Random& random) {
  const int places = std::max(2, static_cast<int>(std::ceil(length / step)));
  double angle = random.uniform(0, 2 * std::numbers::pi), x = 0, y = 0;
  const double bend = random.normal() * 0.8 / places;  // radians a place
  std::vector<std::array<double, 2>> path;
  double mean_x = 0, mean_y = 0;
  for (int i = 0; i < places; ++i, angle += bend) {
    path.push_back({x, y});
    mean_x += x / places;
    mean_y += y / places;
    x += length / places * std::cos(angle);
    y += length / places * std::sin(angle);
  }
  for (auto& place : path) place = {place[0] - mean_x, place[1] - mean_y};
  return path;
}

/// scale: source pixels to a shown one; unit: how much larger than at kPlainSize a length is.
struct Lengths {
  double scale = 1, unit = 1;
};

void look_through_lens(Pixels& pixels, const Degradation& d, const Lengths& lengths,
                       Random& random) {
  const double source = lengths.scale * lengths.unit;
  if (const float s = d[Defect::kBlur]; s > 0) {
    const double sigma = recipe::blur_sigma(s) * source;
    const bool is_disc = random.uniform() < 0.5;
    change_part(pixels, 0.5, 0.5, random, [&](Pixels& p) {
      is_disc ? disc_blur(p, 2 * sigma) : gaussian_blur(p, sigma);  // of equal variance
    });
  }
  if (const float s = d[Defect::kMotionBlur]; s > 0)
    path_blur(pixels, bent_path(recipe::motion_length(s) * source, lengths.scale, random));
}

void read_sensor(Pixels& pixels, const Degradation& d, const Lengths& lengths, Random& random) {
  if (const float s = d[Defect::kNoise]; s > 0) {
    // Shrinking averages scale² pixels, or fewer where the grain spans several.
    const double grain = random.uniform() < 0.5 ? 0.0 : random.uniform(0.4, 1.0) * lengths.scale;
    const double averaged = grain > 0 ? std::sqrt(lengths.scale) : lengths.scale;
    add_grain(pixels, recipe::noise_sigma(s) * averaged, grain, random.uniform(0.3, 0.9), random);
  }
  if (random.uniform() < 0.3)
    sharpen(pixels, random.uniform(0.2, 0.8), random.uniform(0.6, 1.2) * lengths.scale);
}

Image through_jpeg(const Image& image, int quality, Random& random) {
  const auto chroma = random.uniform() < 0.7 ? ChromaSubsampling::k420 : ChromaSubsampling::k444;
  const std::string bytes = encode_jpeg(image, quality, chroma);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                      "synthetic JPEG");
}

}  // namespace

Image photograph(const Image& scene, Size shown, const Degradation& degradation, Random random) {
  require(scene.width >= shown.width && scene.height >= shown.height,
          "A scene of {} x {} pixels cannot be photographed at {} x {}: it would be enlarged.",
          scene.width, scene.height, shown.width, shown.height);
  const Lengths lengths{.scale = static_cast<double>(scene.width) / shown.width,
                        .unit = std::sqrt(std::max(shown.width, shown.height) / kPlainSize)};
  Pixels pixels(scene);
  let_light_in(pixels, degradation, random);
  look_through_lens(pixels, degradation, lengths, random);
  read_sensor(pixels, degradation, lengths, random);
  Image image = pixels.to_image();
  if (const float s = degradation[Defect::kPixelation]; s > 0)
    image = pixelate(image, recipe::pixel_block(s) * lengths.scale * lengths.unit);
  const float jpeg = degradation[Defect::kJpeg];
  const bool at_source = random.uniform() < 0.5;
  if (jpeg > 0 && at_source) {  // shrinking hides a part of the blocks
    const double harder = std::min(1.0, jpeg * (1 + 0.25 * (lengths.scale - 1)));
    image = through_jpeg(image, recipe::jpeg_quality(harder), random);
  }
  if (image.size() != shown) image = resize_bicubic(image, shown);
  if (jpeg > 0 && !at_source) image = through_jpeg(image, recipe::jpeg_quality(jpeg), random);
  if (random.uniform() < 0.6)
    image = through_jpeg(image, 85 + static_cast<int>(random.below(13)), random);
  return image;
}

}  // namespace juror
