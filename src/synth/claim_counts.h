// How true is what thoughts claim: counts that add up over images.
#pragma once

#include <array>

#include "synth/thoughts.h"

namespace juror {

/// How often defects were named rightly, wrongly or not at all.
struct NamedCounts {
  long right = 0;   ///< claimed and present
  long wrong = 0;   ///< claimed, not present
  long missed = 0;  ///< present, not claimed

  long present() const { return right + missed; }
  /// 2·right + wrong + missed. F1 of all is the mean of the F1 of the parts with these weights.
  long f1_weight() const { return 2 * right + wrong + missed; }
  void add(const NamedCounts& other);
  double f1() const;  ///< 1 when there was nothing to name and nothing named
};

struct ClaimCounts {
  NamedCounts all;
  std::array<NamedCounts, kDefects> of{};  ///< by defect
  long severity_right = 0;                 ///< of all.right: the severity word is right too
  long quality_digits = 0;                 ///< images with a quality digit
  double quality_error = 0;                ///< sum of |digit − true digit|

  /// Counts the claims of a thought about one image.
  void add(const ImageClaims& said, const Degradation& truth);
  void add(const ClaimCounts& other);
  double severity_share() const;  ///< severity word right, of the defects rightly named; else 0
};

}  // namespace juror
