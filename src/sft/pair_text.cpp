#include "sft/pair_text.h"

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

/// The digits that decide: both qualities, if there is a thought, and the answer. Every digit is a
/// token of its own, and a thought's are: image number, quality, image number, quality.
std::vector<SoftToken> doubts(const Tokenizer& tokenizer, const PairText& pair,
                              std::span<const std::int64_t> completion, double weight) {
  std::vector<std::size_t> digits;
  for (std::size_t i = 0; i < completion.size(); ++i) {
    for (int digit = 0; digit <= 9; ++digit) {
      if (completion[i] == digit_token(tokenizer, digit)) digits.push_back(i);
    }
  }
  assert(digits.size() == (pair.answer_only ? 1 : 5));
  std::vector<SoftToken> soft;
  if (!pair.answer_only) {
    soft.push_back(quality_doubt(tokenizer, pair.level1, digits[1]));
    soft.push_back(quality_doubt(tokenizer, pair.level2, digits[3]));
  }
  soft.push_back({.at = digits.back(),
                  .other = digit_token(tokenizer, 3 - pair.answer),
                  .share = pair.answer == 1 ? 1 - pair.p_first : pair.p_first,
                  .weight = 1});
  for (SoftToken& token : soft) token.weight = weight;
  return soft;
}

}  // namespace

std::vector<std::int64_t> encode_completion(const Processor& processor, const std::string& text) {
  std::vector<std::int64_t> ids = processor.tokenizer.encode(text);
  ids.push_back(processor.eos_tokens.front());
  return ids;
}

SftSample pair_sample(const Processor& processor, const PromptTemplate& prompt_template,
                      const Candidate& first, const Candidate& second, PairText text,
                      double decisive_weight) {
  const Opening opening = text.answer_only ? Opening::kAnswer : Opening::kThink;
  const std::string thought = text.answer_only ? "" : write_thought({text.first, text.second});
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
