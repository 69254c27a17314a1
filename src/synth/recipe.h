// The numbers of the data recipe, all in one place: what a severity means in pixels, how much each
// defect costs, how often defects occur, how voters see them. Pictures are in units of 0 … 255 at
// the working size.
#pragma once

#include <array>
#include <cmath>
#include <string_view>

#include "synth/defects.h"

namespace juror::recipe {

struct DefectRow {
  Defect defect;
  std::string_view name;   ///< in files
  std::string_view words;  ///< in thoughts
  double weight;           ///< of severity^kQualityPower in the hidden quality
};

inline constexpr std::array<DefectRow, kDefects> kDefectRows = {{
    {Defect::kBlur, "blur", "blur", 1.0},
    {Defect::kMotionBlur, "motion_blur", "motion blur", 1.0},
    {Defect::kNoise, "noise", "noise", 0.9},
    {Defect::kJpeg, "jpeg", "compression", 0.9},
    {Defect::kDark, "dark", "too dark", 0.9},
    {Defect::kBright, "bright", "too bright", 0.9},
    {Defect::kHaze, "haze", "haze", 0.8},
    {Defect::kColourCast, "colour_cast", "colour cast", 0.7},
    {Defect::kPixelation, "pixelation", "pixelation", 1.0},
}};

// How often and how badly.
inline constexpr std::array<double, 4> kShareOfDefectCount = {0.18, 0.42, 0.28,
                                                              0.12};  // 0, 1, 2, 3 defects
inline constexpr double kLeastSeverity = 0.12;

// Hidden quality: −scale · Σ weight · severity^power. A voter prefers the first with probability
// σ(q1 − q2).
inline constexpr double kQualityScale = 2.5;
inline constexpr double kQualityPower = 1.5;

// Light.
inline double dark_gain(double s) { return std::exp2(-2.6 * s); }  // of linear-ish light: v · gain
inline double bright_gain(double s) { return 1.0 + 1.7 * s; }      // clipped at white
inline double haze_contrast(double s) { return 1.0 - 0.78 * s; }   // around …
inline constexpr double kHazeLevel = 168.0;                        // … this grey
inline double cast_gain(double s) { return 0.45 * s; }  // one channel up, its opposite down

// Lens: pixels.
inline double blur_sigma(double s) { return 0.35 + 3.0 * s; }
inline double motion_length(double s) { return 2.0 + 13.0 * s; }

// Sensor: standard deviation.
inline double noise_sigma(double s) { return 3.0 + 42.0 * s; }
inline constexpr double kNoiseLumaShare = 0.6;  // of the variance is common to R, G and B

// File.
inline double pixel_block(double s) { return 1.2 + 4.8 * s; }  // side of a flat block, pixels
inline int jpeg_quality(double s) {
  return static_cast<int>(std::lround(4.0 + 46.0 * std::pow(1.0 - s, 1.6)));
}

// Framing: a crop of at least this share of the largest that fits, more where a small photo would
// have to be enlarged; a second frame of the same photo is moved and scaled by up to these shares
// of the crop.
inline constexpr double kLeastCrop = 0.6;
inline constexpr std::array<double, 2> kAspects = {4.0 / 3, 3.0 / 4};  // width : height
inline constexpr double kBurstShift = 0.04;
inline constexpr double kBurstZoom = 0.04;

// Augmentation: tighter crops of at least this share, as long as the photo is still shrunk by
// kSharp; the clean photo's light, contrast and saturation changed by factors of up to 1 ± these,
// less than the least defect does.
inline constexpr double kLeastAugmentedCrop = 0.4;
inline constexpr double kSharp = 1.2;
inline constexpr double kGainJitter = 0.07;
inline constexpr double kContrastJitter = 0.07;
inline constexpr double kSaturationJitter = 0.3;
inline constexpr double kMiddleGrey = 128.0;  // what contrast is measured around

// Thoughts: severities below the first bound are not named; the others part "slight", "clear" and
// "strong".
inline constexpr double kLeastNamed = 0.12;
inline constexpr double kClearFrom = 0.40;
inline constexpr double kStrongFrom = 0.70;
// Quality digit: 9 + quality · kDigitsPerQuality, clipped to 0 … 9.
inline constexpr double kDigitsPerQuality = 2.0;

}  // namespace juror::recipe
