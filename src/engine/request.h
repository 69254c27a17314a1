// What is asked of the engine and what it gives back: a prompt, tokens that may stand behind it,
// and any number of completions. Token ids only; knows no text.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/prefix.h"
#include "engine/sampler.h"

namespace juror {

/// How completions are decoded.
struct DecodeOptions {
  SamplingOptions sampling;
  std::vector<std::int64_t> stop_ids;  ///< any of these ends a completion (and stands at its end)
  BannedTokens banned;                 ///< never sampled
  std::vector<std::int64_t> watched_ids;  ///< ids whose log-probs are recorded at every step
};

/// What a listener of tokens wants to happen next.
enum class TokenAction { kContinue, kCancelCompletion, kCancelRequest, kCancelAll };

using RequestClock = std::chrono::steady_clock;

struct Request {
  /// What is continued: a prompt, which the engine prefills once for all requests that have it ...
  std::shared_ptr<const ModelInput> prompt;
  std::shared_ptr<const Prefix> prefix;  ///< ... or a prompt that the caller has prefilled
  /// Tokens that stand behind the prompt, as if they had been sampled; completions follow them.
  std::vector<std::int64_t> given;
  bool scores_given = false;  ///< whether their log-probs are wanted
  /// One completion each, named by its randomness. None: nothing is decoded, and the log-probs of
  /// the watched ids that would come next are the answer.
  std::vector<SampleName> samples;
  DecodeOptions options;
  std::int64_t priority = 0;  ///< larger ones are admitted first; equal ones in order of arrival
  std::optional<RequestClock::time_point> deadline;  ///< ends it with what it has by then
  /// Called after each token of each completion, the last included, inside of Engine::step. It may
  /// submit and cancel; it must not step or wait. What it throws ends all requests.
  std::function<TokenAction(std::size_t sample, std::int64_t token)> on_token;
};

enum class Finish { kStop, kLength, kCancelled, kDeadline, kFailed };

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

using RequestId = std::uint64_t;

/// kFailed: the model gave no numbers to go on with (`Result::error`).
enum class RequestEnd { kDone, kCancelled, kDeadline, kFailed };

struct Result {
  RequestId id = 0;
  RequestEnd end = RequestEnd::kDone;
  std::string error;                    ///< a sentence, of a request that failed
  std::vector<Completion> completions;  ///< in the order of `samples`
  /// [watched_ids]: log-probs at temperature 1 of what follows the prompt and the given tokens; of
  /// requests without samples.
  std::vector<float> next;
  std::vector<float> given_logprobs;  ///< of each given token as in a completion, if wanted
  std::int64_t prompt_tokens = 0;     ///< without the given ones
  std::int64_t completion_tokens() const {
    std::int64_t tokens = 0;
    for (const Completion& one : completions)
      tokens += static_cast<std::int64_t>(one.token_ids.size());
    return tokens;
  }
};

/// Throws Error (kModel) of a request that failed.
void require_done(const Result& result);

}  // namespace juror
