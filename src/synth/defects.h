// The nine defects of a photo that Juror's embedded model judges: their names, how each changes the
// pixels at a given severity, and what all of them together do to the hidden quality. The formulas
// of the whole recipe stand in recipe.h.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "image/image.h"

namespace juror {

enum class Defect {
  kBlur,
  kMotionBlur,
  kNoise,
  kJpeg,
  kDark,
  kBright,
  kHaze,
  kColourCast,
  kPixelation
};
inline constexpr int kDefects = 9;

/// How bad each defect is, in the order of `Defect`; 0 = absent, else in (0.12, 1].
struct Degradation {
  std::array<float, kDefects> severity{};

  float& operator[](Defect defect) { return severity[static_cast<std::size_t>(defect)]; }
  float operator[](Defect defect) const { return severity[static_cast<std::size_t>(defect)]; }
  bool operator==(const Degradation&) const = default;
};

/// The name in data files and reports, e.g. "motion_blur".
std::string_view defect_name(Defect defect);
/// The words in a thought, e.g. "motion blur".
std::string_view defect_words(Defect defect);
std::optional<Defect> defect_by_name(std::string_view name);
std::optional<Defect> defect_by_words(std::string_view words);

/// Draws how many defects, which, and how severe (recipe.h).
Degradation draw_degradation(Random& random);

/// The photo with the defects applied in the order light, lens, sensor, file. Severity 0 everywhere
/// gives the photo back unchanged; equal arguments give equal pixels. `random` chooses directions,
/// noise and the like.
Image degrade(const Image& photo, const Degradation& degradation, Random random);

/// Quality that the simulated voters see: 0 for a clean photo, lower with every defect (recipe.h).
double hidden_quality(const Degradation& degradation);

}  // namespace juror
