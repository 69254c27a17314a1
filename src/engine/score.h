// Given tokens behind prefilled prompts: how likely they are, and what would follow them.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/continuation.h"

namespace juror {

/// Log-probs at temperature 1 of ids of its own for each row of logits [N, V], by one copy to the
/// host.
std::vector<std::vector<float>> watched_logprobs(
    const Tensor& logits, std::span<const std::vector<std::int64_t>* const> ids);

/// Given tokens (at least one) and what is asked of them. Pointers belong to the caller.
struct GivenRow {
  const Prefix* prefix = nullptr;
  std::span<const std::int64_t> token_ids;
  const std::vector<std::int64_t>* watched_ids = nullptr;
  bool wants_logprobs = false;  ///< of the given tokens, at `temperature`
  double temperature = 1.0;
  bool is_continued = false;  ///< whether prefix and tokens together are wanted as a prefix
};

struct GivenScores {
  std::vector<float> next;      // [watched_ids]: log-probs at temperature 1 of what follows
  std::vector<float> logprobs;  // [tokens], if wanted: under the whole distribution
  std::shared_ptr<const Prefix> continued;  ///< if wanted
};

/// Reads all rows in one packed pass (see `continue_prefixes`; neighbours that share a prefix pass
/// together), without gradients. Throws Error for an empty row.
std::vector<GivenScores> score_given(const Model& model, std::span<const GivenRow> rows);

}  // namespace juror
