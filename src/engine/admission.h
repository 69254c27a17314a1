// What a request takes up while it is worked on, and whether there is room for it. Pure functions
// of numbers; who waits and who goes first is the business of EngineState.
#pragma once

#include <cstdint>

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

/// Bytes of the Prefix of so many tokens: keys, values, a hidden state, and logits in fp32.
std::uint64_t prefix_bytes(const Model& model, std::int64_t tokens);

/// Throws Error for a request that no engine of this model could serve: without or with two things
/// to continue, with ids outside the vocabulary, with pictures that do not fit the prompt, and with
/// more tokens in all than the model has positions.
void require_servable(const Request& request, const Model& model);

/// Throws Error that says what would fit, if the request's keys and values are larger than the
/// budget of all.
void require_holdable(const Request& request, const Model& model, std::uint64_t budget);

/// Tokens of what a request continues, without the given ones.
std::int64_t prompt_tokens(const Request& request);

/// Whether given tokens become a prefix of their own, which completions continue.
bool continues_prefix(const Request& request);

}  // namespace juror
