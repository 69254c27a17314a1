// Reading given continuations of prefilled prompts: what would follow them, and how likely they
// are.
#pragma once

#include <span>
#include <vector>

#include "engine/continuation.h"

namespace juror {

struct ScoreOptions {
  bool logprobs = false;     ///< also the log-prob of every given token
  double temperature = 1.0;  ///< of those log-probs
};

struct Scores {
  Tensor logits;  // [R, V] in fp32: what follows each row
  std::vector<std::vector<float>>
      logprobs;  // [R][tokens] if asked for: under the whole distribution
};

/// Reads all rows in one packed pass (see `continue_prefixes`), without gradients. Throws Error for
/// an empty row.
Scores score(const Model& model, std::span<const Prefix> prefixes,
             const std::vector<Continuation>& rows, const ScoreOptions& options = {});

}  // namespace juror
