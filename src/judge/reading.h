// From completions to verdicts: text, answer, and the probability read from the logits where the
// decision stands.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/request.h"
#include "judge/prompt.h"
#include "judge/template.h"

namespace juror {

/// What reading needs to know of a model and a template.
struct Reading {
  const Tokenizer& tokenizer;
  const PromptTemplate& prompt_template;
  std::array<std::int64_t, 2> choice_ids;  ///< the tokens "1" and "2", watched while decoding
  std::string opening;                     ///< with which the prompt opened the assistant's turn
};

Reading make_reading(const Tokenizer& tokenizer, const PromptTemplate& prompt_template,
                     Opening opening);

/// Options under which completions can be read: stop ids, bans, and the choice tokens watched.
DecodeOptions decode_options(const Reading& reading, const Processor& processor,
                             const ModelConfig& config, const SamplingOptions& sampling);

/// Opening and completion as one text, without end token and other special tokens.
std::string completion_text(const Reading& reading, const Completion& completion);

/// All that can be read of a completion that watched `choice_ids`.
struct ReadCompletion {
  Verdict verdict;  ///< status kOk, or the reason why it could not be read (p NaN)
  /// Index of the token whose logits p was read from; -1 where there is none.
  std::int64_t decision_token = -1;
  std::optional<std::pair<double, double>>
      scores;                ///< as written, for templates that ask for scores
  bool well_formed = false;  ///< opening and completion have exactly the asked-for shape
};
ReadCompletion read_completion(const Reading& reading, const Completion& completion);

/// The verdict of `read_completion`.
Verdict read_verdict(const Reading& reading, const Completion& completion);

/// The tokens that continue the prompt so that the next one is the decision, for a completion that
/// could not be read: its text with the thought closed and the answer opened.
std::vector<std::int64_t> forced_continuation(const Reading& reading, const Completion& completion);

/// The verdict read by force from the logits [V] behind `forced_continuation`.
Verdict forced_verdict(const Reading& reading, const Completion& completion,
                       std::span<const float> logits);

/// The verdict read from the logits [V] behind a prompt that opens the answer itself.
Verdict immediate_verdict(const Reading& reading, std::span<const float> logits);

}  // namespace juror
