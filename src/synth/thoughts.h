// What can truly be said about a photo whose defects are known, as a short text, and back. A
// thought states evidence about each image (what is wrong, how badly, a quality digit) and never
// which image wins: the answer carries that doubt.
//
//   Image 1: strong blur, slight noise; quality 4. Image 2: clean; quality 9.
//
// A picture of low quality of which no defect is known (people say so of some photos) has "nothing
// stands out" instead of "clean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "synth/defects.h"

namespace juror {

enum class Severity { kSlight, kClear, kStrong };
inline constexpr int kSeverityLevels = 3;

/// "slight", "clear" or "strong".
std::string_view severity_word(Severity severity);
Severity severity_of(float value);

/// "slight noise" and the like.
struct Claim {
  Defect defect = Defect::kBlur;
  Severity severity = Severity::kSlight;
  bool operator==(const Claim&) const = default;
};

/// All that a thought says about one image.
struct ImageClaims {
  int image = 1;              ///< 1 or 2, as numbered in the text
  std::vector<Claim> claims;  ///< worst first; empty: none is known
  int quality = -1;           ///< 0 … 9; -1 where the text names none
  bool operator==(const ImageClaims&) const = default;
};

/// The true claims about an image: the defects whose severity reaches the least that is named,
/// worst first.
ImageClaims true_claims(const Degradation& truth, int image_number);
/// The defect whose severities in the two pictures are furthest apart (of equally far ones the
/// first in the order of `Defect`) and, as a severity, how far: a difference of 0.5 is "clear",
/// whichever picture is worse.
Claim widest_difference(const Degradation& a, const Degradation& b);
/// The quality digit, 0 (worst) … 9 (clean), of a hidden quality.
int quality_digit(double hidden_quality);
/// The same before it is rounded, in [0, 9].
double quality_level(double hidden_quality);

/// The text of a thought.
std::string write_thought(const std::vector<ImageClaims>& images);
/// Reads what a model wrote, leniently: unknown words claim nothing, an image never mentioned is
/// absent from the result.
std::vector<ImageClaims> read_thought(std::string_view thought);

/// `<think>THOUGHT</think><answer>ANSWER</answer>`; without a thought only the answer part.
std::string write_completion(std::string_view thought, int answer);

}  // namespace juror
