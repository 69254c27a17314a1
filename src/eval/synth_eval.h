// A judge on synthetic photo pairs, whose truth is known: are its verdicts right, are its thoughts
// true?
#pragma once

#include <cstdint>
#include <vector>

#include "base/log.h"
#include "data/photos.h"
#include "eval/synth_part.h"
#include "judge/judge.h"
#include "synth/pairs.h"

namespace juror {

struct SynthEvalOptions {
  std::int64_t pairs = 600;
  JudgeOptions judge;  ///< flags of every command that judges, so not among the fields
  SynthOptions synth;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields

  template <class Field>
  void fields(Field&& field) {
    field("pairs", pairs, "Pairs of each kind (same photo, different photos)", Range{2, 1e7});
    nested(field, "synth", synth);
  }
};

/// Makes the pairs, has them judged and scores the verdicts: same-photo pairs, then different
/// photos.
std::vector<SynthEvalPart> evaluate_on_synth(Judge& judge, const PhotoSet& photos,
                                             const SynthEvalOptions& options,
                                             const Progress& progress);

}  // namespace juror
