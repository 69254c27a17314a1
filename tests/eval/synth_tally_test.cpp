// Hand-made verdicts on pairs without pictures.
#include "eval/synth_tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace juror {
namespace {

using ::testing::IsSupersetOf;

Degradation with(Defect defect, float severity) {
  Degradation truth;
  truth[defect] = severity;
  return truth;
}

SynthPair pair_of(int photo, const Degradation& a, const Degradation& b) {
  SynthPair pair;
  pair.a = a;
  pair.b = b;
  pair.q1 = hidden_quality(a);
  pair.q2 = hidden_quality(b);
  pair.photo1 = pair.photo2 = photo;
  return pair;
}

Vote vote(double p, const std::string& thinking = "", bool swapped = false) {
  Vote vote{.swapped = swapped, .verdict = {}};
  vote.verdict.thinking = thinking;
  vote.verdict.p = p;
  return vote;
}

Comparison judged(std::vector<Vote> votes) {
  Comparison comparison;
  comparison.result = fold_votes(votes);
  comparison.votes = std::move(votes);
  return comparison;
}

std::size_t at(Defect defect) { return static_cast<std::size_t>(defect); }
std::size_t at(Severity severity) { return static_cast<std::size_t>(severity); }

const Degradation kClean;

TEST(SynthTally, CountsEvenAndUnreadVerdictsAsWrongAndLeavesOutEqualPairs) {
  SynthTally tally;
  const Degradation blurred = with(Defect::kBlur, 0.5F);
  tally.add(judged({vote(0.9)}), pair_of(0, kClean, blurred));  // right
  tally.add(judged({vote(0.9)}), pair_of(1, blurred, kClean));  // wrong
  tally.add(judged({vote(0.5)}), pair_of(2, kClean, blurred));
  tally.add(judged({vote(NAN)}), pair_of(3, kClean, blurred));
  tally.add(judged({vote(0.9)}), pair_of(4, kClean, kClean));
  const SynthEvalPart part = tally.part("same photo");
  EXPECT_DOUBLE_EQ(part.all->value, 0.25);
  EXPECT_EQ(part.all->n, 4);
  EXPECT_DOUBLE_EQ(part.always_first->value, 0.75);
  EXPECT_DOUBLE_EQ(part.unread->value, 0.2);
  EXPECT_EQ(part.unread->n, 5);
  EXPECT_EQ(part.brier->n, 4);  // 5 of 10 voters for the first: 0.16, 0.16, 0 and 0.16
  EXPECT_DOUBLE_EQ(part.brier->value, 0.12);
  EXPECT_FALSE(part.same_both_orders);  // one order only
  EXPECT_FALSE(part.f1);                // no thought
}

/// Hidden quality of blur s: −2.5·s^1.5; of 0.4, 0.75 and 1: −0.63, −1.62, −2.5.
TEST(SynthTally, PartsPairsByTheGapOfTheirQualities) {
  SynthTally tally;
  for (const float severity : {0.4F, 0.75F, 1.0F})
    tally.add(judged({vote(0.9)}), pair_of(0, kClean, with(Defect::kBlur, severity)));
  const SynthEvalPart part = tally.part("");
  EXPECT_EQ(part.all->n, 3);
  EXPECT_EQ(part.middle->n, 1);
  EXPECT_EQ(part.clear->n, 1);
}

TEST(SynthTally, CountsAPairUnderItsWidestDifference) {
  SynthTally tally;
  Degradation noisy_and_blurred = with(Defect::kNoise, 0.3F);
  noisy_and_blurred[Defect::kBlur] = 0.2F;
  tally.add(judged({vote(0.9)}), pair_of(0, kClean, noisy_and_blurred));
  tally.add(judged({vote(0.9)}), pair_of(1, kClean, with(Defect::kBlur, 0.8F)));
  tally.add(judged({vote(0.1)}), pair_of(2, kClean, with(Defect::kBlur, 0.5F)));
  const SynthEvalPart part = tally.part("");
  const DifferenceAccuracy &blur = part.by_defect[at(Defect::kBlur)],
                           &noise = part.by_defect[at(Defect::kNoise)];
  EXPECT_EQ(blur.all->n, 2);
  EXPECT_DOUBLE_EQ(blur.all->value, 0.5);
  EXPECT_FALSE(blur.by_severity[at(Severity::kSlight)]);
  EXPECT_EQ(blur.by_severity[at(Severity::kClear)]->value, 0);
  EXPECT_EQ(blur.by_severity[at(Severity::kStrong)]->value, 1);
  EXPECT_EQ(noise.by_severity[at(Severity::kSlight)]->n, 1);
  EXPECT_EQ(part.any_defect.by_severity[at(Severity::kSlight)]->n, 1);
  EXPECT_EQ(part.any_defect.all->n, 3);
  EXPECT_FALSE(part.by_defect[at(Defect::kHaze)].all);
}

TEST(SynthTally, ReadsClaimsInTheOrderInWhichThePicturesWereShown) {
  SynthTally tally;
  const SynthPair pair = pair_of(0, with(Defect::kBlur, 0.9F), with(Defect::kNoise, 0.9F));
  tally.add(judged({vote(0.5, "Image 1: strong blur. Image 2: slight noise."),
                    vote(0.5, "Image 1: strong noise, slight haze. Image 2: clean.", true)}),
            pair);
  const SynthEvalPart part = tally.part("");
  EXPECT_EQ(part.claims.all.right, 3);  // blur, noise, noise
  EXPECT_EQ(part.claims.all.wrong, 1);
  EXPECT_EQ(part.claims.all.missed, 1);
  EXPECT_DOUBLE_EQ(part.f1->value, 6.0 / 8);
  EXPECT_EQ(part.f1->n, 4);
  EXPECT_DOUBLE_EQ(part.severity_right->value, 2.0 / 3);
  EXPECT_EQ(part.severity_right->n, 3);
  EXPECT_DOUBLE_EQ(part.f1_of[at(Defect::kBlur)]->value, 2.0 / 3);
  EXPECT_EQ(part.f1_of[at(Defect::kBlur)]->n, 2);
}

/// One of five photos has its blur named. Of five draws it is k with the binomial chances of 1/5,
/// F1 is then 2k/(5 + k), and the percentiles lie at k = 0 and k = 3.
TEST(SynthTally, DrawsPhotosAgainForTheIntervalOfF1) {
  SynthTally tally;
  for (int photo = 0; photo < 5; ++photo)
    tally.add(judged({vote(0.1, photo == 0 ? "Image 1: clear blur." : "Image 1: clean.")}),
              pair_of(photo, with(Defect::kBlur, 0.5F), kClean));
  const SynthEvalPart part = tally.part("");
  for (const PhotoShare& f1 : {part.f1, part.f1_of[at(Defect::kBlur)]}) {
    EXPECT_DOUBLE_EQ(f1->value, 1.0 / 3);
    EXPECT_DOUBLE_EQ(f1->interval.low, 0);
    EXPECT_DOUBLE_EQ(f1->interval.high, 0.75);
    EXPECT_EQ(f1->n, 5);
  }
}

/// Nine pairs of nine photos, all right, read and equal in both orders: wilson(9, 9) and (0, 9).
TEST(SynthTally, KnowsThatNoErrorAmongFewPairsIsNoProofOfNone) {
  SynthTally tally;
  for (int photo = 0; photo < 9; ++photo)
    tally.add(judged({vote(0.9), vote(0.1, "", true)}),
              pair_of(photo, kClean, with(Defect::kBlur, 0.5F)));
  const SynthEvalPart part = tally.part("");
  const double z2 = 3.841459;
  for (const PhotoShare& share : {part.all, part.same_both_orders}) {
    EXPECT_EQ(share->value, 1);
    EXPECT_NEAR(share->interval.low, 9 / (9 + z2), 1e-6);
    EXPECT_EQ(share->interval.high, 1);
  }
  EXPECT_EQ(part.unread->value, 0);
  EXPECT_EQ(part.unread->interval.low, 0);
  EXPECT_NEAR(part.unread->interval.high, z2 / (9 + z2), 1e-6);
}

std::vector<std::string> keys_of(const nlohmann::ordered_json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

TEST(SynthEvalPart, HasAnIntervalBesideEveryNumberOfItsJson) {
  SynthTally tally;
  for (int photo = 0; photo < 9; ++photo)
    tally.add(judged({vote(0.9)}), pair_of(photo, kClean, with(Defect::kJpeg, 0.3F)));
  const auto json = tally.part("same photo").json();
  EXPECT_THAT(keys_of(json),
              IsSupersetOf({"name", "all", "middle", "clear", "always_first", "same_both_orders",
                            "same_both_orders_ci", "brier", "brier_ci", "saturated_share",
                            "unread_share", "unread_share_ci", "claims_f1", "claims_f1_ci",
                            "severity_share", "severity_share_ci", "claims"}));
  EXPECT_EQ(json["all"]["accuracy"].dump(), "1.0");  // ninths do not add up to it
  EXPECT_EQ(json["all"]["ci"][1].dump(), "1.0");
  EXPECT_EQ(json["by_defect"]["jpeg"]["slight"], json["all"]);
  EXPECT_EQ(json["by_severity"]["slight"], json["all"]);
  EXPECT_EQ(json["by_defect"]["jpeg"]["strong"].dump(), R"({"accuracy":null,"ci":null,"pairs":0})");
  EXPECT_TRUE(json["claims_f1"].is_null());
  EXPECT_EQ(json["claims"]["jpeg"].dump(),
            R"({"right":0,"wrong":0,"missed":0,"f1":null,"ci":null})");
}

}  // namespace
}  // namespace juror
