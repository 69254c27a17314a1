#include "sft/pair_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// What follows the template's opening in a whole completion.
std::string after_opening(const std::string& completion, const std::string& opening) {
  require(completion.rfind(opening, 0) == 0,
          "The template opens the turn with '{}', and the training text is '{}'.", opening,
          completion);
  return completion.substr(opening.size());
}

std::int64_t digit_token(const Tokenizer& tokenizer, int digit) {
  return tokenizer.encode(std::to_string(digit)).front();
}

/// The digit `said` of a quality between two digits: the share of the other one grows as the
/// quality comes nearer to it.
SoftToken quality_doubt(const Tokenizer& tokenizer, double level, std::size_t at) {
  const double said = std::round(level), other = level >= said ? std::min(said + 1, 9.0) : said - 1;
  return {.at = at,
          .other = digit_token(tokenizer, static_cast<int>(other)),
          .share = std::abs(level - said),
          .weight = 1};
}

/// The digit of by how much one picture is better: in doubt as a quality is, but never against
/// none, which is worded otherwise.
SoftToken gap_doubt(const Tokenizer& tokenizer, double gap, std::size_t at) {
  SoftToken doubt = quality_doubt(tokenizer, gap, at);
  if (doubt.other == digit_token(tokenizer, 0)) doubt.share = 0;
  return doubt;
}

double gap_of(const PairText& pair) { return pair.level1 - pair.level2; }
std::int64_t said_gap(const PairText& pair) { return std::lround(std::abs(gap_of(pair))); }

/// "Image 1: clean; quality 8." with the level itself, to a tenth, in the place of the digit.
std::string with_tenth(ImageClaims said, double level) {
  said.quality = static_cast<int>(std::lround(level));
  const std::string text = write_thought({said});  // ends with the digit and a full stop
  return fmt::format("{}{:.1f}.", text.substr(0, text.size() - 2), level);
}

/// How many digits a completion about the pair has.
std::size_t count_digits(const PairText& pair) {
  if (pair.answer_only) return 1;
  if (pair.form == ThoughtForm::kTenths) return 7;
  return pair.form == ThoughtForm::kCompare && said_gap(pair) > 0 ? 7 : 5;
}

/// The digits that decide: both qualities, if there is a thought, and the answer. Every digit is a
/// token of its own, and a thought's are: image number, quality (and tenth), image number, quality
/// (and tenth), and where it compares image number and gap.
std::vector<SoftToken> doubts(const Tokenizer& tokenizer, const PairText& pair,
                              std::span<const std::int64_t> completion, double weight) {
  std::vector<std::size_t> digits;
  for (std::size_t i = 0; i < completion.size(); ++i) {
    for (int digit = 0; digit <= 9; ++digit) {
      if (completion[i] == digit_token(tokenizer, digit)) digits.push_back(i);
    }
  }
  require(digits.size() == count_digits(pair),
          "A thought about a pair should have {} digits that are tokens of their own, and has {}: "
          "this tokenizer joins digits, so decisive_weight must be 0.",
          count_digits(pair), digits.size());
  std::vector<SoftToken> soft;
  if (!pair.answer_only && pair.form == ThoughtForm::kTenths) {
    for (const std::size_t place : {1, 2, 4, 5})  // as finely as they are said there is no doubt
      soft.push_back({.at = digits[place], .other = completion[digits[place]], .share = 0});
  } else if (!pair.answer_only) {
    soft.push_back(quality_doubt(tokenizer, pair.level1, digits[1]));
    soft.push_back(quality_doubt(tokenizer, pair.level2, digits[3]));
    if (count_digits(pair) == 7)
      soft.push_back(gap_doubt(tokenizer, std::abs(gap_of(pair)), digits[5]));
  }
  soft.push_back({.at = digits.back(),
                  .other = digit_token(tokenizer, 3 - pair.answer),
                  .share = pair.answer == 1 ? 1 - pair.p_first : pair.p_first,
                  .weight = 1});
  for (SoftToken& token : soft) token.weight = weight;
  return soft;
}

}  // namespace

ThoughtForm thought_form(std::string_view name) {
  if (name == "tenths") return ThoughtForm::kTenths;
  if (name == "compare") return ThoughtForm::kCompare;
  assert(name == "evidence");  // the option takes no other word
  return ThoughtForm::kEvidence;
}

std::string pair_thought(const PairText& pair) {
  if (pair.form == ThoughtForm::kTenths)
    return with_tenth(pair.first, pair.level1) + " " + with_tenth(pair.second, pair.level2);
  std::string thought = write_thought({pair.first, pair.second});
  if (pair.form == ThoughtForm::kEvidence) return thought;
  const std::int64_t gap = said_gap(pair);
  if (gap == 0) return thought + " Neither is better.";
  return thought + fmt::format(" Image {} is better by {}.", gap_of(pair) > 0 ? 1 : 2, gap);
}

std::vector<std::int64_t> encode_completion(const Processor& processor, const std::string& text) {
  std::vector<std::int64_t> ids = processor.tokenizer.encode(text);
  ids.push_back(processor.eos_tokens.front());
  return ids;
}

SftSample pair_sample(const Processor& processor, const PromptTemplate& prompt_template,
                      const Candidate& first, const Candidate& second, PairText text,
                      double decisive_weight) {
  const Opening opening = text.answer_only ? Opening::kAnswer : Opening::kThink;
  const std::string thought = text.answer_only ? "" : pair_thought(text);
  SftSample sample;
  sample.prompt = pair_prompt(processor, prompt_template, "", first, second, opening);
  sample.completion =
      encode_completion(processor, after_opening(write_completion(thought, text.answer),
                                                 opening_text(prompt_template, opening)));
  if (decisive_weight > 0)
    sample.soft = doubts(processor.tokenizer, text, sample.completion, decisive_weight);
  return sample;
}

}  // namespace juror
