#include "judge/parse_completion.h"

#include "preference/decision.h"
#include "preference/exact_shape.h"

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

/// A written ranking: p of the first shown by the log-probs, or by the words alone.
void take_ranking(const ParsedAnswer& answer, const CompletionToken& decision, std::size_t images,
                  Verdict& verdict) {
  verdict.ranking = answer.ranking;
  if (!decision.digit_logprobs.empty())
    verdict.first_place = first_place_probabilities(decision.digit_logprobs, images);
  verdict.p_from_answer = verdict.first_place.empty();
  verdict.p = verdict.p_from_answer ? (answer.ranking.front() == 0 ? 1.0 : 0.0)
                                    : verdict.first_place.front();
}

/// The expected rating where one digit was written and its log-probs are known; else the written.
void take_rating(const ParsedAnswer& answer, const CompletionToken& decision, Verdict& verdict) {
  const bool is_digit = answer.answer.size() == 1;
  verdict.rating = is_digit && !decision.digit_logprobs.empty()
                       ? expected_rating(decision.digit_logprobs)
                       : *answer.rating;
}

/// Whether a token's log-probs are about the digit at this byte of the text: of the digits of a
/// token that has several they are about the first.
bool is_about(const CompletionText& completion, std::size_t token, std::size_t offset) {
  std::size_t begin = completion.opening.size();
  for (std::size_t i = 0; i < token; ++i) begin += completion.tokens[i].bytes.size();
  return begin + completion.tokens[token].bytes.find_first_of("0123456789") == offset;
}

/// P by each criterion; NaN where it could not be read, 1 or 0 by the digit without log-probs.
std::vector<double> criteria_of(const CompletionText& completion, const std::string& text,
                                const ParsedAnswer& answer) {
  std::vector<double> criteria;
  for (const std::size_t offset : answer.criterion_offsets) {
    if (offset == kNoOffset) {
      criteria.push_back(Verdict().p);
      continue;
    }
    const std::size_t place = token_at(completion, offset);
    const CompletionToken& token = completion.tokens.at(place);
    criteria.push_back(token.has_choices && is_about(completion, place, offset)
                           ? choice_probability(token.choice_logprobs[0], token.choice_logprobs[1])
                           : (text[offset] == '1' ? 1.0 : 0.0));
  }
  return criteria;
}

}  // namespace

std::string CompletionText::text() const {
  std::string all = opening;
  for (const CompletionToken& token : tokens) all += token.bytes;
  return all;
}

ParsedCompletion parse_completion(const CompletionText& completion, const AnswerShape& shape) {
  const std::string text = completion.text();
  const ParsedAnswer answer = parse_answer(text, shape, completion.ending);
  ParsedCompletion parsed{
      .verdict = {.thinking = answer.thinking, .answer = answer.answer, .status = answer.status},
      .scores = answer.scores};
  parsed.well_formed = completion.ending == Ending::kEos && has_exact_shape(text, shape);
  if (answer.status != Status::kOk) return parsed;
  if (answer.scores) {
    parsed.verdict.p =
        scores_probability(answer.scores->first, answer.scores->second, shape.score_temperature);
    return parsed;
  }
  const std::size_t token = token_at(completion, answer.decision_offset);
  const CompletionToken& decision = completion.tokens.at(token);
  if (shape.format == AnswerFormat::kRanking)
    take_ranking(answer, decision, shape.images, parsed.verdict);
  if (answer.rating) take_rating(answer, decision, parsed.verdict);
  if (decides_by_digits(shape.format)) return parsed;
  parsed.decision_token = static_cast<std::int64_t>(token);
  if (decision.has_choices)
    parsed.verdict.p = choice_probability(decision.choice_logprobs[0], decision.choice_logprobs[1]);
  parsed.verdict.criteria = criteria_of(completion, text, answer);
  return parsed;
}

std::string forced_text(const CompletionText& completion) {
  const std::string text = completion.text();
  const ForcedRead forced = forced_read(text, /*prompt_opens_thought=*/false);
  return text.substr(0, forced.keep) + forced.append;
}

}  // namespace juror
