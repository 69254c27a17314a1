// From the engine's completions to verdicts: tokens to text, logits to probabilities.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "engine/request.h"
#include "judge/engine/prompt.h"
#include "judge/parse_completion.h"
#include "judge/template.h"

namespace juror {

/// What parsing needs to know of a model and a template.
struct VerdictParser {
  const Tokenizer& tokenizer;
  AnswerShape shape;
  std::array<std::int64_t, 2> choice_ids;  ///< the tokens "1" and "2"
  /// Watched while decoding: those, or "0" … "9" where the answer is among the digits.
  std::vector<std::int64_t> watched_ids;
  std::string opening;  ///< with which the prompt opened the assistant's turn
};

VerdictParser make_verdict_parser(const Tokenizer& tokenizer, const PromptTemplate& prompt_template,
                                  Opening opening);
VerdictParser make_verdict_parser(const Tokenizer& tokenizer, const Question& question);

/// Options under which completions can be parsed: stop ids, bans, and the choice tokens watched.
DecodeOptions decode_options(const VerdictParser& parser, const Processor& processor,
                             const ModelConfig& config, const SamplingOptions& sampling);

/// `parse_completion` of a completion that watched `watched_ids`.
ParsedCompletion parse_completion(const VerdictParser& parser, const Completion& completion);

/// The tokens that continue the prompt so that the next one is the decision, for a completion that
/// could not be read: its text with the thought closed and the answer opened.
std::vector<std::int64_t> forced_continuation(const VerdictParser& parser,
                                              const Completion& completion);

/// The verdict read by force from the logits or log-probs of `watched_ids` behind
/// `forced_continuation`.
Verdict forced_verdict(const VerdictParser& parser, const Completion& completion,
                       std::span<const double> logits);

}  // namespace juror
