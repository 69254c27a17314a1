#include "synth/claim_counts.h"

#include <gtest/gtest.h>

namespace juror {
namespace {

/// Strong blur, slight noise, clear haze.
Degradation three_defects() {
  Degradation truth;
  truth[Defect::kBlur] = 0.9F;
  truth[Defect::kNoise] = 0.2F;
  truth[Defect::kHaze] = 0.5F;
  return truth;
}

TEST(ClaimCounts, CountWhatIsNamedRightWrongAndMissed) {
  ImageClaims said;
  said.claims = {{Defect::kBlur, Severity::kStrong},
                 {Defect::kNoise, Severity::kStrong},
                 {Defect::kJpeg, Severity::kClear}};
  said.quality = true_claims(three_defects(), 1).quality + 2;
  ClaimCounts counts;
  counts.add(said, three_defects());
  EXPECT_EQ(counts.all.right, 2);
  EXPECT_EQ(counts.all.wrong, 1);
  EXPECT_EQ(counts.all.missed, 1);
  EXPECT_EQ(counts.all.present(), 3);
  EXPECT_EQ(counts.all.f1_weight(), 6);
  EXPECT_DOUBLE_EQ(counts.all.f1(), 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(counts.severity_share(), 0.5);
  EXPECT_DOUBLE_EQ(counts.quality_error, 2.0);
}

TEST(ClaimCounts, CountEachDefectAlone) {
  ClaimCounts counts;
  counts.add({.image = 1, .claims = {{Defect::kBlur, Severity::kStrong}}}, three_defects());
  counts.add({.image = 2, .claims = {{Defect::kBlur, Severity::kSlight}}}, {});
  const auto of = [&](Defect defect) { return counts.of[static_cast<std::size_t>(defect)]; };
  EXPECT_EQ(of(Defect::kBlur).right, 1);
  EXPECT_EQ(of(Defect::kBlur).wrong, 1);
  EXPECT_DOUBLE_EQ(of(Defect::kBlur).f1(), 2.0 / 3.0);
  EXPECT_EQ(of(Defect::kHaze).missed, 1);
  EXPECT_DOUBLE_EQ(of(Defect::kHaze).f1(), 0.0);
  EXPECT_DOUBLE_EQ(of(Defect::kJpeg).f1(), 1.0);  // nothing to name, nothing named
}

}  // namespace
}  // namespace juror
