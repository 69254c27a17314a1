// From logits to the next token of every row. Pure functions of logits and uniform draws; knows no
// model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/choose.h"
#include "engine/sampling_options.h"

namespace juror {

/// Names a completion's stream of randomness: equal names draw equally, whatever else is in the
/// batch.
struct SampleName {
  std::uint64_t seed = 0;    ///< of the run
  std::uint64_t step = 0;    ///< of training; 0 elsewhere
  std::uint64_t prompt = 0;  ///< names the prompt within the step
  std::uint64_t sample = 0;  ///< names the completion within its group
};

/// The uniform draw in [0, 1) that decides token number `token` (from 0) of a completion.
double token_draw(const SampleName& name, std::int64_t token);

/// What one row of a batch asks of `draw_tokens`. What it points to must outlive the call.
struct RowSampling {
  const SamplingOptions* options = nullptr;
  const BannedTokens* banned = nullptr;       ///< null: none
  double uniform = 0;                         ///< its `token_draw`; greedy rows need none
  std::span<const std::int64_t> watched_ids;  ///< whose log-probs are asked for
};

struct DrawnToken {
  std::int64_t id = kNoToken;  ///< kNoToken: all ids are banned or have no probability (NaN)
  /// Under the whole distribution at the sampling temperature (1 when greedy), before bans and
  /// cuts.
  float logprob = 0;
  std::vector<float> watched;  ///< log-probs of the watched ids at temperature 1
};

/// The next token of every row. logits: [N, V] on any device, a row for each of `rows`.
///
/// At temperature 0 it is the allowed id with the largest logit, of equals the first. Else it is
/// drawn from the probabilities at the temperature: without the banned ids, among the top_k
/// likeliest (of equals the first), then the fewest of those that hold top_p of what is left, then
/// those of at least min_p of the likeliest; at least one stays. `uniform` decides, walking what is
/// left by ascending id. A row's token does not depend on the other rows nor on their options.
///
/// Computed where the logits are, for all rows at once; what comes to the host comes in one copy.
std::vector<DrawnToken> draw_tokens(const Tensor& logits, std::span<const RowSampling> rows);

/// `draw_tokens` by the passes over tensors that serve every device but the CPU, where loops are
/// faster.
std::vector<DrawnToken> draw_tokens_on_device(const Tensor& logits,
                                              std::span<const RowSampling> rows);

}  // namespace juror
