#include "synth/thoughts.h"

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

TEST(Thought, AQualityMayHaveADecimalAndIsAtMostNine) {
  const auto images = read_thought("Image 1: clean; quality 7.4. Image 2: clean; quality 9.7.");
  ASSERT_EQ(images.size(), 2U);
  EXPECT_EQ(images[0].quality, 7);
  EXPECT_EQ(images[1].quality, 9);
  EXPECT_EQ(read_thought("Image 1: clean; quality 7.45.")[0].quality, -1);
}

TEST(Completion, HoldsTheThoughtOrTheAnswerAlone) {
  EXPECT_EQ(write_completion("Image 1: clean.", 2),
            "<think>Image 1: clean.</think><answer>2</answer>");
  EXPECT_EQ(write_completion("", 1), "<answer>1</answer>");
}

TEST(WidestDifference, IsOfTheDefectFurthestApartWhicheverPictureIsWorse) {
  Degradation a, b;  // blur 0.9 and 0.8, noise 0 and 0.5
  a[Defect::kBlur] = 0.9F;
  b[Defect::kBlur] = 0.8F;
  b[Defect::kNoise] = 0.5F;
  EXPECT_EQ(widest_difference(a, b), (Claim{Defect::kNoise, Severity::kClear}));
  EXPECT_EQ(widest_difference(b, a), (Claim{Defect::kNoise, Severity::kClear}));
  b[Defect::kNoise] = 0;
  EXPECT_EQ(widest_difference(a, b), (Claim{Defect::kBlur, Severity::kSlight}));
}

TEST(WidestDifference, OfEquallyFarDefectsIsTheFirst) {
  Degradation a, b;
  a[Defect::kHaze] = 0.75F;
  b[Defect::kMotionBlur] = 0.75F;
  EXPECT_EQ(widest_difference(a, b), (Claim{Defect::kMotionBlur, Severity::kStrong}));
}

TEST(Thoughts, DoNotCallAPictureCleanThatPeopleThinkLittleOf) {
  const std::string thought = write_thought(
      {{.image = 1, .claims = {}, .quality = 4}, {.image = 2, .claims = {}, .quality = 8}});
  EXPECT_EQ(thought, "Image 1: nothing stands out; quality 4. Image 2: clean; quality 8.");
  const std::vector<ImageClaims> read = read_thought(thought);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_TRUE(read[0].claims.empty());
  EXPECT_EQ(read[0].quality, 4);
}

}  // namespace
}  // namespace juror
