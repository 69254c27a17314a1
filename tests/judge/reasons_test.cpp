// From thoughts to reasons: remarks on each image, and the most typical of many that are all worded
// differently.
#include "judge/reasons.h"

#include <gtest/gtest.h>

#include <cmath>

namespace juror {
namespace {

Vote vote(bool swapped, const std::string& thinking, double p) {
  return {.swapped = swapped,
          .verdict = {.thinking = thinking, .answer = "1", .p = p, .status = Status::kOk}};
}

TEST(Reasons, RemarksArePartedAtTheMarkersOfBothImages) {
  const auto remarks =
      image_remarks("So. Image 1: strong blur; quality 4.\nImage 2: clean; quality 9. ");
  ASSERT_TRUE(remarks);
  EXPECT_EQ((*remarks)[0], "strong blur; quality 4.");
  EXPECT_EQ((*remarks)[1], "clean; quality 9.");
  EXPECT_FALSE(image_remarks("The first is sharper."));
  EXPECT_FALSE(image_remarks("Image 1: clean."));
  EXPECT_FALSE(image_remarks("Image 2: clean. Image 1: blur."));
}

TEST(Reasons, TheTypicalVoteStandsNearestToTheMean) {
  const std::vector<Vote> votes = {vote(false, "a", 0.9), vote(true, "b", 0.4),
                                   vote(false, "", 0.55), vote(false, "c", NAN)};
  ASSERT_NE(typical_vote(votes, 0.55), nullptr);
  EXPECT_EQ(typical_vote(votes, 0.55)->verdict.thinking,
            "b");  // mirrored: 0.6; the vote at 0.55 has no thought
  EXPECT_EQ(typical_vote(std::span(votes).subspan(2), 0.5), nullptr);
}

TEST(MostTypical, SharesMostWordsWithTheOthers) {
  // words shared: 1 with 0: 3 of (4, 4); 1 with 2: 2 of (4, 3); 0 with 2: 1 of (4, 3); 3: none
  const std::vector<std::string> texts = {"The red bicycle shines.", "the red bicycle, blurred",
                                          "Bicycle blurred badly", "noise"};
  EXPECT_EQ(most_typical(texts), 1U);
}

TEST(MostTypical, CountsARepeatedTextAsOftenAsItWasSaid) {
  const std::vector<std::string> texts = {"soft focus", "much noise", "much noise", "soft"};
  EXPECT_EQ(most_typical(texts), 1U);
}

TEST(MostTypical, OfEqualsIsTheFirst) {
  const std::vector<std::string> texts = {"one", "two"};
  EXPECT_EQ(most_typical(texts), 0U);
  EXPECT_EQ(most_typical(std::span(texts).first(1)), 0U);
}

TEST(ImageReasons, AreTakenFromVotesThatAgreeThoughNoTwoAreAlike) {
  Comparison comparison{.pair = {0, 1}, .result = {}, .votes = {}};
  comparison.votes = {
      vote(false, "Image 1: a sharp red bicycle. Image 2: the bicycle is blurred.", 0.9),
      vote(true, "Image 1: blurred bicycle, dark. Image 2: a sharp red bicycle indeed.", 0.2),
      vote(false, "Image 1: sharp bicycle. Image 2: blurred, dark bicycle.", 0.8),
      vote(false, "Image 1: sky. Image 2: sky.", 0.1),  // disagrees
      vote(false, "Image 1: unread. Image 2: unread.", NAN)};
  comparison.result = fold_votes(comparison.votes);
  ASSERT_GT(comparison.result.p, 0.5);
  const std::vector<std::string> reasons = image_reasons(3, std::vector<Comparison>{comparison});
  // 1st with 2nd 8/9, with 3rd 2/3; 2nd with 3rd 4/7... so the 1st, mean 0.78 against 0.73 and 0.62
  EXPECT_EQ(reasons[0], "a sharp red bicycle.");
  // "blurred bicycle, dark" and "blurred, dark bicycle" have equal words; the first of them
  EXPECT_EQ(reasons[1], "blurred bicycle, dark.");
  EXPECT_EQ(reasons[2], "");
}

TEST(ImageReasons, OfATieMayComeFromEitherSide) {
  Comparison comparison{.pair = {0, 1}, .result = {}, .votes = {}};
  comparison.votes = {vote(false, "Image 1: good. Image 2: bad.", 0.6),
                      vote(true, "Image 1: good. Image 2: bad.", 0.6)};
  comparison.result = fold_votes(comparison.votes);
  ASSERT_TRUE(comparison.result.tie);
  EXPECT_EQ(image_reasons(2, std::vector<Comparison>{comparison}),
            (std::vector<std::string>{"good.", "bad."}));
}

}  // namespace
}  // namespace juror
