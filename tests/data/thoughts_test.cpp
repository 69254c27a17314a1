#include "data/synth/thoughts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace juror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Degradation blurred_and_noisy() {
  Degradation truth;
  truth[Defect::kNoise] = 0.2F;
  truth[Defect::kBlur] = 0.9F;
  return truth;
}

TEST(TrueClaims, NameTheWorstDefectFirstAndItsSeverity) {
  EXPECT_THAT(true_claims(blurred_and_noisy(), 2).claims,
              ElementsAre(Claim{Defect::kBlur, Severity::kStrong},
                          Claim{Defect::kNoise, Severity::kSlight}));
  EXPECT_EQ(true_claims({}, 1).quality, 9);
  EXPECT_THAT(true_claims({}, 1).claims, IsEmpty());
}

TEST(Thought, StatesEvidenceAboutEachImageAndNoWinner) {
  const std::string text = write_thought(
      {{1, {{Defect::kBlur, Severity::kStrong}, {Defect::kNoise, Severity::kSlight}}, 4},
       {2, {}, 9}});
  EXPECT_EQ(text, "Image 1: strong blur, slight noise; quality 4. Image 2: clean; quality 9.");
  EXPECT_THAT(text, Not(HasSubstr("better")));
}

TEST(Thought, ParsesBackIntoTheClaimsThatMadeIt) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    Random random({i});
    const Degradation a = draw_degradation(random), b = draw_degradation(random);
    const std::vector<ImageClaims> claims = {true_claims(a, 1), true_claims(b, 2)};
    EXPECT_EQ(read_thought(write_thought(claims)), claims) << write_thought(claims);
  }
}

TEST(Thought, UnknownWordsClaimNothingAndAMissingImageIsAbsent) {
  const auto images = read_thought(
      " Image 2: enormous blur, clear sky, strong noise, strong noise; quality ten. The end");
  ASSERT_EQ(images.size(), 1U);
  EXPECT_EQ(images[0].image, 2);
  EXPECT_THAT(images[0].claims, ElementsAre(Claim{Defect::kNoise, Severity::kStrong}));
  EXPECT_EQ(images[0].quality, -1);
  EXPECT_THAT(read_thought(""), IsEmpty());
  EXPECT_THAT(read_thought("Image Image 12: x Image "), IsEmpty());
}

TEST(Completion, HoldsTheThoughtOrTheAnswerAlone) {
  EXPECT_EQ(write_completion("Image 1: clean.", 2),
            "<think>Image 1: clean.</think><answer>2</answer>");
  EXPECT_EQ(write_completion("", 1), "<answer>1</answer>");
}

TEST(ClaimCounts, CountWhatIsNamedRightWrongAndMissed) {
  Degradation truth;  // strong blur, slight noise, clear haze
  truth[Defect::kBlur] = 0.9F;
  truth[Defect::kNoise] = 0.2F;
  truth[Defect::kHaze] = 0.5F;
  ImageClaims said;
  said.claims = {{Defect::kBlur, Severity::kStrong},
                 {Defect::kNoise, Severity::kStrong},
                 {Defect::kJpeg, Severity::kClear}};
  said.quality = true_claims(truth, 1).quality + 2;
  ClaimCounts counts;
  counts.add(said, truth);
  EXPECT_EQ(counts.named_right, 2);
  EXPECT_EQ(counts.named_wrong, 1);
  EXPECT_EQ(counts.missed, 1);
  EXPECT_DOUBLE_EQ(counts.f1(), 4.0 / 6.0);
  EXPECT_DOUBLE_EQ(counts.severity_share(), 0.5);
  EXPECT_DOUBLE_EQ(counts.quality_error, 2.0);
  EXPECT_EQ(counts.missed_of[static_cast<std::size_t>(Defect::kHaze)], 1);
}

}  // namespace
}  // namespace juror
