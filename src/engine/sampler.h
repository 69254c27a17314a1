// From a row of logits to the next token. Pure functions of probabilities and one uniform draw;
// knows no model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/options.h"
#include "model/config.h"

namespace juror {

struct SamplingOptions {
  double temperature = 1.0;
  std::int64_t top_k = 0;
  double top_p = 1.0;
  double min_p = 0.0;
  std::int64_t max_new_tokens = 256;

  template <class Field>
  void fields(Field&& field) {
    field("temperature", temperature, "Sampling temperature; 0 takes the likeliest token",
          Range{0.0, 100.0});
    field("top_k", top_k, "Sample among this many likeliest tokens; 0: all", Range{0, 1 << 24});
    field("top_p", top_p, "Sample among the likeliest tokens that together have this probability",
          Range{0.0, 1.0});
    field("min_p", min_p,
          "Sample among tokens of at least this fraction of the likeliest one's probability",
          Range{0.0, 1.0});
    field("max_new_tokens", max_new_tokens, "Most tokens a completion may have", Range{1, 1 << 20});
  }
};

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

/// Ids that are never sampled.
class BannedTokens {
 public:
  BannedTokens() = default;
  explicit BannedTokens(std::int64_t vocabulary)
      : banned_(static_cast<std::size_t>(vocabulary), 0) {}
  void ban(std::int64_t id) { banned_.at(static_cast<std::size_t>(id)) = 1; }
  bool contains(std::size_t id) const { return id < banned_.size() && banned_[id] != 0; }

 private:
  std::vector<std::uint8_t> banned_;  // [V]
};

/// What no completion may hold: the config's vision ids, rows of the embedding without a token (ids
/// from `tokenizer_size` on), and `also` (the tokenizer's other vision ids, such as
/// <|vision_pad|>).
BannedTokens banned_tokens(const ModelConfig& config, std::int64_t tokenizer_size,
                           const std::vector<std::int64_t>& also = {});

/// The allowed id with the largest logit (of equals the first). Throws Error if none is allowed.
std::int64_t greedy_token(std::span<const float> logits, const BannedTokens& banned);

/// An id drawn from probabilities [V] at the sampling temperature: without the banned ones, among
/// the top_k likeliest (of equals the first), then the fewest of those that hold top_p of what is
/// left, then those of at least min_p of the likeliest; at least one stays. `uniform` in [0, 1)
/// decides, walking what is left by ascending id. Throws Error if nothing is allowed. Source:
/// transformers' logits processors, in their order.
std::int64_t sample_token(std::span<const float> probabilities, const SamplingOptions& options,
                          const BannedTokens& banned, double uniform);

}  // namespace juror
