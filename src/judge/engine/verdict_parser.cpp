#include "judge/engine/verdict_parser.h"

#include <algorithm>

#include "base/error.h"
#include "text/unicode.h"

namespace juror {
namespace {

std::int64_t single_token(const Tokenizer& tokenizer, const char* text) {
  const std::vector<std::int64_t> ids = tokenizer.encode(text);
  require_model(ids.size() == 1,
                "The tokenizer writes '{}' as {} tokens; answers are read from single tokens.",
                text, ids.size());
  return ids.front();
}

VerdictParser make(const Tokenizer& tokenizer, const AnswerShape& shape, std::string opening) {
  VerdictParser parser{.tokenizer = tokenizer,
                       .shape = shape,
                       .choice_ids = {single_token(tokenizer, "1"), single_token(tokenizer, "2")},
                       .watched_ids = {},
                       .opening = std::move(opening)};
  parser.watched_ids.assign(parser.choice_ids.begin(), parser.choice_ids.end());
  if (decides_by_digits(shape.format)) {
    parser.watched_ids.clear();
    for (const char* digit : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
      parser.watched_ids.push_back(single_token(tokenizer, digit));
  }
  return parser;
}

/// Byte by byte, so that nothing is replaced; special tokens have no text.
CompletionText as_text(const VerdictParser& parser, const Completion& completion) {
  CompletionText text{.opening = parser.opening, .tokens = {}};
  text.ending = completion.finish == Finish::kStop ? Ending::kEos : Ending::kCut;
  for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
    const std::int64_t id = completion.token_ids[i];
    CompletionToken token;
    if (!parser.tokenizer.is_special(id)) token.bytes = parser.tokenizer.bytes_of(id);
    token.has_choices = i < completion.watched.size();
    if (token.has_choices && decides_by_digits(parser.shape.format)) {
      token.digit_logprobs.assign(completion.watched[i].begin(), completion.watched[i].end());
    } else if (token.has_choices) {
      token.choice_logprobs = {completion.watched[i].at(0), completion.watched[i].at(1)};
    }
    text.tokens.push_back(std::move(token));
  }
  return text;
}

}  // namespace

VerdictParser make_verdict_parser(const Tokenizer& tokenizer, const PromptTemplate& prompt_template,
                                  Opening opening) {
  return make(
      tokenizer,
      {{prompt_template.format(), 2, prompt_template.criteria}, prompt_template.score_temperature},
      opening_text(prompt_template, opening));
}

VerdictParser make_verdict_parser(const Tokenizer& tokenizer, const Question& question) {
  return make(tokenizer, question.shape(), question.opening);
}

DecodeOptions decode_options(const VerdictParser& parser, const Processor& processor,
                             const ModelConfig& config, const SamplingOptions& sampling) {
  std::vector<std::int64_t> also;
  if (const auto pad = processor.tokenizer.find("<|vision_pad|>")) also.push_back(*pad);
  return {.sampling = sampling,
          .stop_ids = processor.eos_tokens,
          .banned = banned_tokens(config, processor.tokenizer.size(), also),
          .watched_ids = parser.watched_ids};
}

ParsedCompletion parse_completion(const VerdictParser& parser, const Completion& completion) {
  return parse_completion(as_text(parser, completion), parser.shape);
}

std::vector<std::int64_t> forced_continuation(const VerdictParser& parser,
                                              const Completion& completion) {
  const std::string text = forced_text(as_text(parser, completion));
  return parser.tokenizer.encode(
      lossy_utf8(text.substr(std::min(parser.opening.size(), text.size()))));
}

Verdict forced_verdict(const VerdictParser& parser, const Completion& completion,
                       std::span<const double> logits) {
  Verdict verdict = read_decision(parser.shape, logits);
  verdict.thinking = parse_completion(parser, completion).verdict.thinking;
  verdict.status = Status::kForced;
  return verdict;
}

}  // namespace juror
