// Voters with a taste of their own.
#include "synth/voters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "temp_folder.h"

namespace juror {
namespace {

const VoterOptions kOnlyNoise{.weights = {0, 0, 2, 0, 0, 0, 0, 0, 0}};

SynthPair pair_of(float noise, float blur) {
  SynthPair pair;
  pair.a[Defect::kNoise] = noise;
  pair.b[Defect::kBlur] = blur;
  pair.voters = 1000;
  return pair;
}

TEST(Voters, WeighDefectsByTheirOwnTaste) {
  Degradation d;
  d[Defect::kNoise] = 0.25F;
  d[Defect::kBlur] = 1.0F;
  EXPECT_NEAR(quality_for(kOnlyNoise, d), -2.5 * 2 * 0.125, 1e-9);
  EXPECT_DOUBLE_EQ(quality_for({}, d), hidden_quality(d));
}

TEST(Voters, PreferByTheLogisticOfTheDifference) {
  EXPECT_NEAR(preference_for(kOnlyNoise, pair_of(0.25F, 1.0F)), 1 / (1 + std::exp(0.625)), 1e-9);
}

TEST(Voters, DrawSharesNearTheirPreferenceAndTheSameOnesAgain) {
  const SynthPair pair = pair_of(0.25F, 1.0F);
  const double share = draw_vote_share(kOnlyNoise, pair, 1, 2);
  EXPECT_NEAR(share, preference_for(kOnlyNoise, pair),
              0.06);  // four standard errors of a thousand voters
  EXPECT_DOUBLE_EQ(share, draw_vote_share(kOnlyNoise, pair, 1, 2));
  EXPECT_NE(share, draw_vote_share(kOnlyNoise, pair, 1, 3));
}

TEST(Voters, RefuseAnotherNumberOfWeights) {
  EXPECT_THAT(refusal_of(
                  [] {
                    quality_for({.weights = {1, 2}}, {});
                  },
                  ErrorKind::kUser),
              ::testing::HasSubstr("lists 2 numbers, and there are 9"));
}

}  // namespace
}  // namespace juror
