#include "judge/parse_completion.h"

#include <cmath>

#include "preference/group_reward.h"

namespace juror {
namespace {

/// Which token holds byte `offset` of the text; the number of tokens if none does.
std::size_t token_at(const CompletionText& completion, std::size_t offset) {
  std::size_t bytes = completion.opening.size();
  for (std::size_t i = 0; i < completion.tokens.size(); ++i) {
    bytes += completion.tokens[i].bytes.size();
    if (bytes > offset) return i;
  }
  return completion.tokens.size();
}

}  // namespace

std::string CompletionText::text() const {
  std::string all = opening;
  for (const CompletionToken& token : tokens) all += token.bytes;
  return all;
}

ParsedCompletion parse_completion(const CompletionText& completion, const AnswerShape& shape) {
  const std::string text = completion.text();
  const ParsedAnswer answer = parse_answer(text, shape.format, completion.ending);
  ParsedCompletion parsed{
      .verdict = {.thinking = answer.thinking, .answer = answer.answer, .status = answer.status},
      .scores = answer.scores};
  parsed.well_formed = completion.ending == Ending::kEos && has_exact_shape(text, shape.format);
  if (answer.status != Status::kOk) return parsed;
  if (answer.scores) {
    parsed.verdict.p =
        scores_probability(answer.scores->first, answer.scores->second, shape.score_temperature);
    return parsed;
  }
  const std::size_t token = token_at(completion, answer.decision_offset);
  const CompletionToken& decision = completion.tokens.at(token);
  parsed.decision_token = static_cast<std::int64_t>(token);
  if (decision.has_choices)
    parsed.verdict.p = choice_probability(decision.choice_logprobs[0], decision.choice_logprobs[1]);
  return parsed;
}

std::string forced_text(const CompletionText& completion) {
  const std::string text = completion.text();
  const ForcedRead forced = forced_read(text, /*prompt_opens_thought=*/false);
  return text.substr(0, forced.keep) + forced.append;
}

}  // namespace juror
