// What a request takes up while it is worked on, and whether there is room for it. Pure functions
// of numbers; who waits and who goes first is the business of EngineState.
#pragma once

#include <cstdint>

#include "engine/engine.h"
#include "engine/request.h"
#include "model/model.h"

namespace juror {

/// What a request would take up beside those that are worked on.
struct Need {
  std::int64_t rows = 0;    ///< completions
  std::int64_t tokens = 0;  ///< of its prompt, if nobody has prefilled it
  std::uint64_t bytes = 0;  ///< keys and values that nobody else holds
};

/// What is left of the budgets.
struct Room {
  std::int64_t rows = 0;     ///< below 1: whoever wants rows waits
  std::int64_t tokens = 0;   ///< of the prompts before the decoder
  std::int64_t longest = 0;  ///< most tokens that pass at once; longer prompts pass in pieces
  std::uint64_t bytes = 0;

  /// A request with more completions than there are rows is admitted when one is free: the others
  /// follow as rows end. A prompt that passes in pieces is admitted when no other waits.
  bool fits(const Need& need) const;
  void take(const Need& need);
};

/// Of a model: what a token's keys and values are made of.
struct CacheShape {
  const TextConfig& text;
  at::ScalarType dtype;
};
inline CacheShape cache_shape(const Model& model) { return {model.config().text, model.dtype()}; }

/// Bytes of the Prefix of so many tokens: keys, values, a hidden state, and logits in fp32.
std::uint64_t prefix_bytes(const CacheShape& shape, std::int64_t tokens);

/// Bytes of so many rows decoded together, in the buffers that the longest of them asks for.
std::uint64_t row_bytes(const CacheShape& shape, std::int64_t rows, std::int64_t tokens);

/// What EngineOptions::cache_bytes is where it is 0.
std::uint64_t enough_cache_bytes(const CacheShape& shape, std::int64_t rows);

inline std::uint64_t prefix_bytes(const Model& model, std::int64_t tokens) {
  return prefix_bytes(cache_shape(model), tokens);
}
inline std::uint64_t row_bytes(const Model& model, std::int64_t rows, std::int64_t tokens) {
  return row_bytes(cache_shape(model), rows, tokens);
}

/// Throws Error for a request that no engine of this model could serve: without or with two things
/// to continue, with ids outside the vocabulary, with pictures that do not fit the prompt, and with
/// more tokens in all than the model has positions.
void require_servable(const Request& request, const Model& model);

/// Throws Error that says what would fit, if the keys and values of the request with one completion
/// are larger than the budget of all.
void require_holdable(const Request& request, const Model& model, const EngineOptions& options);

/// Tokens of what a request continues, without the given ones.
std::int64_t prompt_tokens(const Request& request);
/// Most tokens of a completion that others follow: those whose keys and values are kept.
std::int64_t followed_tokens(const Request& request);

/// Prefixes of prompt and given tokens that stand at the same time beside the prompt's own: one
/// that completions continue, or the last two pieces of given tokens that pass in pieces.
std::int64_t continued_prefixes(const Request& request, const EngineOptions& options);

}  // namespace juror
