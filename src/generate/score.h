// Reading given continuations of prefilled prompts: what would follow them, and how likely they are.
#pragma once

#include <span>
#include <vector>

#include "generate/prefix.h"

namespace juror {

/// Tokens that continue a prefix (an index into the prefixes given). At least one.
struct ScoreRow {
  std::size_t prefix = 0;
  std::vector<std::int64_t> token_ids;
};

struct ScoreOptions {
  bool logprobs = false;     ///< also the log-prob of every given token
  double temperature = 1.0;  ///< of those log-probs
};

struct Scores {
  Tensor logits;                             // [R, V] in fp32: what follows each row
  std::vector<std::vector<float>> logprobs;  // [R][tokens] if asked for: under the whole distribution
};

/// Reads all rows in one packed pass, each attending to its prefix and to itself. Nothing of the prefixes is computed
/// again. Neighbours that share a prefix are computed together; padding (in attention alone) grows with the spread of
/// lengths. No gradients. Throws Error for an empty row.
Scores score(const Qwen25Vl& model, std::span<const Prefix> prefixes, const std::vector<ScoreRow>& rows,
             const ScoreOptions& options = {});

}  // namespace juror
