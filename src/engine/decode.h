// Decoding: rows that continue prefilled prompts grow together, one token a step. Token ids only;
// knows no text.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/prefix.h"
#include "engine/sampler.h"

namespace juror {

/// One completion to decode: the prefix that it continues (an index into the prefixes given) and
/// its randomness.
struct DecodeRow {
  std::size_t prefix = 0;
  SampleName name;
};

enum class TokenAction { kContinue, kCancelRow, kCancelAll };

struct DecodeOptions {
  SamplingOptions sampling;
  std::vector<std::int64_t> stop_ids;  ///< any of these ends a completion (and stands at its end)
  BannedTokens banned;
  std::vector<std::int64_t> watched_ids;  ///< ids whose log-probs are recorded at every step
  /// Called after each token of each row, the last included; null: never.
  std::function<TokenAction(std::size_t row, std::int64_t token)> on_token;
};

enum class Finish { kStop, kLength, kCancelled };

struct Completion {
  std::vector<std::int64_t> token_ids;  ///< with the stop id, if it came to that
  /// Of each token under the whole distribution at the sampling temperature (1 when greedy), before
  /// bans and cuts: what a forward pass over prompt and completion gives, so what a trainer
  /// recomputes.
  std::vector<float> logprobs;
  /// [tokens][watched_ids]: log-probs at temperature 1 of the watched ids, where the token at this
  /// place was drawn. Their differences are differences of logits; their exponentials are
  /// probability mass.
  std::vector<std::vector<float>> watched;
  Finish finish = Finish::kCancelled;
};

/// Rows being decoded. Rows may join at any time and leave as they finish; a row's tokens do not
/// depend on the others (log-probs do by rounding alone). Neighbours in order of joining that share
/// a prefix are computed together.
class DecodeBatch {
 public:
  /// `model`, `prefixes` and `options` must outlive the batch.
  DecodeBatch(const Model& model, std::span<const Prefix> prefixes, const DecodeOptions& options);
  ~DecodeBatch();

  /// Adds a row; its first token comes with the next step. Returns its index, which counts rows
  /// from 0.
  std::size_t add(const DecodeRow& row);
  /// One token for each row that is not finished. Returns whether any row goes on.
  bool step();
  /// Ends an unfinished row; what it has stays.
  void cancel(std::size_t row);
  std::size_t active() const;  ///< rows not finished
  const Completion& completion(std::size_t row) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Decodes all rows to their end, together. Returns completions in the order of the rows.
std::vector<Completion> decode(const Model& model, std::span<const Prefix> prefixes,
                               const std::vector<DecodeRow>& rows, const DecodeOptions& options);

}  // namespace juror
