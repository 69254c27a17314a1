// Voters with a taste of their own: what they prefer differs from the recipe's hidden quality, so
// that a judge must learn it from their votes alone.
#pragma once

#include <cstdint>
#include <vector>

#include "base/options.h"
#include "synth/pairs.h"

namespace juror {

struct VoterOptions {
  std::vector<double>
      weights;  ///< of the nine defects in the order of `Defect`; empty: the recipe's

  template <class Field>
  void fields(Field&& field) {
    field("weights", weights,
          "What the voters weigh the nine defects by (blur, motion blur, noise, compression, dark, "
          "bright, haze, cast, pixelation); empty: the recipe's own");
  }
};

/// Quality in these voters' eyes: −kQualityScale · Σ weight · severity^kQualityPower. Throws Error
/// unless there are nine weights (or none).
double quality_for(const VoterOptions& voters, const Degradation& degradation);

/// The chance that one of these voters prefers the first: σ(q1 − q2).
double preference_for(const VoterOptions& voters, const SynthPair& pair);

/// The share of `pair.voters` drawn voters who prefer the first; equal names draw equally.
double draw_vote_share(const VoterOptions& voters, const SynthPair& pair, std::uint64_t seed,
                       std::uint64_t index);

}  // namespace juror
