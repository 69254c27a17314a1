// The defects applied, in the order in which light, lens, sensor and file cause them.
#include "synth/defects.h"

#include <cmath>
#include <numbers>

#include "image/decode.h"
#include "image/encode.h"
#include "synth/pixels.h"
#include "synth/recipe.h"

namespace juror {
namespace {

void apply_light(Pixels& pixels, const Degradation& d, Random& random) {
  const auto uniformly = [&](double scale, double offset) {
    const auto s = static_cast<float>(scale), o = static_cast<float>(offset);
    scale_and_shift(pixels, {s, s, s}, {o, o, o});
    clip(pixels);
  };
  if (const float s = d[Defect::kHaze]; s > 0) {
    const double contrast = recipe::haze_contrast(s);
    uniformly(contrast, recipe::kHazeLevel * (1.0 - contrast));
  }
  if (const float s = d[Defect::kDark]; s > 0) uniformly(recipe::dark_gain(s), 0);
  if (const float s = d[Defect::kBright]; s > 0) uniformly(recipe::bright_gain(s), 0);
  if (const float s = d[Defect::kColourCast]; s > 0) {
    const std::size_t up = random.below(3), down = (up + 1 + random.below(2)) % 3;
    std::array<float, 3> scale = {1, 1, 1};
    scale[up] += static_cast<float>(recipe::cast_gain(s));
    scale[down] -= static_cast<float>(recipe::cast_gain(s));
    scale_and_shift(pixels, scale, {});
    clip(pixels);
  }
}

void apply_lens_and_sensor(Pixels& pixels, const Degradation& d, Random& random) {
  if (const float s = d[Defect::kBlur]; s > 0) gaussian_blur(pixels, recipe::blur_sigma(s));
  if (const float s = d[Defect::kMotionBlur]; s > 0)
    motion_blur(pixels, recipe::motion_length(s), random.uniform(0, std::numbers::pi));
  if (const float s = d[Defect::kNoise]; s > 0)
    add_noise(pixels, recipe::noise_sigma(s), recipe::kNoiseLumaShare, random);
}

Image through_jpeg(const Image& image, int quality) {
  const std::string bytes = encode_jpeg(image, quality);
  return decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                      "synthetic JPEG");
}

}  // namespace

std::string_view defect_name(Defect defect) {
  return recipe::kDefectRows[static_cast<std::size_t>(defect)].name;
}
std::string_view defect_words(Defect defect) {
  return recipe::kDefectRows[static_cast<std::size_t>(defect)].words;
}

std::optional<Defect> defect_by_name(std::string_view name) {
  for (const auto& row : recipe::kDefectRows)
    if (row.name == name) return row.defect;
  return std::nullopt;
}

std::optional<Defect> defect_by_words(std::string_view words) {
  for (const auto& row : recipe::kDefectRows)
    if (row.words == words) return row.defect;
  return std::nullopt;
}

Image degrade(const Image& photo, const Degradation& degradation, Random random) {
  Image image = photo;
  if (degradation == Degradation{}) return image;
  Pixels pixels(image);
  apply_light(pixels, degradation, random);
  apply_lens_and_sensor(pixels, degradation, random);
  image = pixels.to_image();
  if (const float s = degradation[Defect::kPixelation]; s > 0)
    image = pixelate(image, recipe::pixel_block(s));
  if (const float s = degradation[Defect::kJpeg]; s > 0)
    image = through_jpeg(image, recipe::jpeg_quality(s));
  return image;
}

double hidden_quality(const Degradation& degradation) {
  double cost = 0;
  for (const auto& row : recipe::kDefectRows)
    cost +=
        row.weight * std::pow(static_cast<double>(degradation[row.defect]), recipe::kQualityPower);
  return cost > 0 ? -recipe::kQualityScale * cost : 0.0;
}

Degradation draw_degradation(Random& random) {
  double draw = random.uniform();
  int count = 0;
  while (count < 3 && draw >= recipe::kShareOfDefectCount[static_cast<std::size_t>(count)])
    draw -= recipe::kShareOfDefectCount[static_cast<std::size_t>(count++)];
  Degradation degradation;
  while (count > 0) {
    const auto defect = static_cast<Defect>(random.below(kDefects));
    const auto severity =
        static_cast<float>(1.0 - (1.0 - recipe::kLeastSeverity) * random.uniform());
    // A photo is not too dark and too bright at once.
    const bool contradicts = (defect == Defect::kDark && degradation[Defect::kBright] > 0) ||
                             (defect == Defect::kBright && degradation[Defect::kDark] > 0);
    if (degradation[defect] > 0 || contradicts) continue;
    degradation[defect] = severity;
    --count;
  }
  return degradation;
}

}  // namespace juror
