#include "judge/reading.h"

#include <algorithm>

#include "base/error.h"
#include "preference/group_reward.h"
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

/// Which token of the completion holds byte `offset` of its text (special tokens have no text).
std::size_t token_at(const Reading& reading, const Completion& completion, std::size_t offset) {
  std::size_t bytes = reading.opening.size();
  for (std::size_t i = 0; i < completion.token_ids.size(); ++i) {
    if (reading.tokenizer.is_special(completion.token_ids[i])) continue;
    bytes += reading.tokenizer.bytes_of(completion.token_ids[i]).size();
    if (bytes > offset) return i;
  }
  return completion.token_ids.size();
}

/// Text byte by byte: offsets must agree with `token_at`, so nothing is replaced here.
std::string raw_text(const Reading& reading, const Completion& completion) {
  std::string text = reading.opening;
  for (const std::int64_t id : completion.token_ids) {
    if (!reading.tokenizer.is_special(id)) text += reading.tokenizer.bytes_of(id);
  }
  return text;
}

Ending ending_of(const Completion& completion) {
  return completion.finish == Finish::kStop ? Ending::kEos : Ending::kCut;
}

ParsedAnswer parse(const Reading& reading, const Completion& completion) {
  return parse_answer(raw_text(reading, completion), reading.prompt_template.format(),
                      ending_of(completion));
}

Verdict choose(std::string thinking, Status status, double first, double second) {
  return {.thinking = std::move(thinking),
          .answer = first >= second ? "1" : "2",
          .p = choice_probability(first, second),
          .status = status};
}

double at(std::span<const float> logits, std::int64_t id) {
  return logits[static_cast<std::size_t>(id)];
}

}  // namespace

Reading make_reading(const Tokenizer& tokenizer, const PromptTemplate& prompt_template,
                     Opening opening) {
  return {.tokenizer = tokenizer,
          .prompt_template = prompt_template,
          .choice_ids = {single_token(tokenizer, "1"), single_token(tokenizer, "2")},
          .opening = opening_text(prompt_template, opening)};
}

DecodeOptions decode_options(const Reading& reading, const Processor& processor,
                             const ModelConfig& config, const SamplingOptions& sampling) {
  std::vector<std::int64_t> also;
  if (const auto pad = processor.tokenizer.find("<|vision_pad|>")) also.push_back(*pad);
  return {.sampling = sampling,
          .stop_ids = processor.eos_tokens,
          .banned = banned_tokens(config, processor.tokenizer.size(), also),
          .watched_ids = {reading.choice_ids.begin(), reading.choice_ids.end()}};
}

std::string completion_text(const Reading& reading, const Completion& completion) {
  return reading.opening + reading.tokenizer.decode(completion.token_ids, /*skip_special=*/true);
}

ReadCompletion read_completion(const Reading& reading, const Completion& completion) {
  const std::string text = raw_text(reading, completion);
  const ParsedAnswer parsed =
      parse_answer(text, reading.prompt_template.format(), ending_of(completion));
  ReadCompletion read{
      .verdict = {.thinking = parsed.thinking, .answer = parsed.answer, .status = parsed.status},
      .scores = parsed.scores};
  read.well_formed =
      completion.finish == Finish::kStop && has_exact_shape(text, reading.prompt_template.format());
  if (parsed.status != Status::kOk) return read;
  if (parsed.scores) {
    read.verdict.p = scores_probability(parsed.scores->first, parsed.scores->second,
                                        reading.prompt_template.score_temperature);
    return read;
  }
  const std::size_t token = token_at(reading, completion, parsed.decision_offset);
  const std::vector<float>& watched = completion.watched.at(token);
  read.decision_token = static_cast<std::int64_t>(token);
  read.verdict.p = choice_probability(watched.at(0), watched.at(1));
  return read;
}

Verdict read_verdict(const Reading& reading, const Completion& completion) {
  return read_completion(reading, completion).verdict;
}

std::vector<std::int64_t> forced_continuation(const Reading& reading,
                                              const Completion& completion) {
  const std::string text = raw_text(reading, completion);
  const ForcedRead forced = forced_read(text, /*prompt_opens_thought=*/false);
  const std::size_t opened = std::min(reading.opening.size(), forced.keep);
  return reading.tokenizer.encode(lossy_utf8(text.substr(opened, forced.keep - opened)) +
                                  forced.append);
}

Verdict forced_verdict(const Reading& reading, const Completion& completion,
                       std::span<const float> logits) {
  return choose(parse(reading, completion).thinking, Status::kForced,
                at(logits, reading.choice_ids[0]), at(logits, reading.choice_ids[1]));
}

Verdict immediate_verdict(const Reading& reading, std::span<const float> logits) {
  return choose("", Status::kOk, at(logits, reading.choice_ids[0]),
                at(logits, reading.choice_ids[1]));
}

}  // namespace juror
