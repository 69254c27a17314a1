#include "synth/voters.h"

#include <cmath>

#include "base/error.h"
#include "preference/logistic.h"
#include "synth/recipe.h"

namespace juror {

double quality_for(const VoterOptions& voters, const Degradation& degradation) {
  if (voters.weights.empty()) return hidden_quality(degradation);
  require(voters.weights.size() == kDefects,
          "voters.weights lists {} numbers, and there are {} defects.", voters.weights.size(),
          kDefects);
  double sum = 0;
  for (std::size_t d = 0; d < voters.weights.size(); ++d) {
    sum += voters.weights[d] *
           std::pow(static_cast<double>(degradation.severity[d]), recipe::kQualityPower);
  }
  return -recipe::kQualityScale * sum;
}

double preference_for(const VoterOptions& voters, const SynthPair& pair) {
  return logistic(quality_for(voters, pair.a) - quality_for(voters, pair.b));
}

double draw_vote_share(const VoterOptions& voters, const SynthPair& pair, std::uint64_t seed,
                       std::uint64_t index) {
  constexpr std::uint64_t kVoteStream = 0x107E;
  Random random{seed, index, kVoteStream};
  const double p = preference_for(voters, pair);
  int first = 0;
  for (int voter = 0; voter < pair.voters; ++voter) first += random.uniform() < p;
  return static_cast<double>(first) / static_cast<double>(pair.voters);
}

}  // namespace juror
