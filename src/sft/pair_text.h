// What a model is taught to say about a pair of pictures: a thought that states what is known of
// each, and an answer as much in doubt as people are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "judge/engine/prompt.h"
#include "sft/loss.h"
#include "synth/thoughts.h"

namespace juror {

/// What a thought says besides what is wrong with each picture. The forms other than evidence are
/// remedies that were tried for thoughts that do not help (docs/results/soft-rewards.md); a model
/// is taught one of them.
enum class ThoughtForm {
  kEvidence,  ///< a quality digit each
  kTenths,    ///< qualities with a decimal: "quality 7.4"
  kCompare,   ///< at the end which one is better, and by how much: "Image 2 is better by 3."
};
/// By its name, one of the option's: evidence, tenths or compare.
ThoughtForm thought_form(std::string_view name);

/// What is known of a pair, the first picture shown first.
struct PairText {
  ImageClaims first, second;      ///< what the thought says
  double level1 = 0, level2 = 0;  ///< qualities before they are rounded to digits, 0 … 9
  double p_first = 0.5;           ///< share of people who prefer the first
  int answer = 1;                 ///< 1 or 2: what one of them said
  bool answer_only = false;       ///< no thought
  ThoughtForm form = ThoughtForm::kEvidence;
};

/// The thought about a pair, in its form.
std::string pair_thought(const PairText& pair);

/// The prompt that shows the pair, and its completion. decisive_weight: of the digits that decide
/// (both qualities and the answer), asked for as softly as they are in doubt; 0: tokens like any
/// other. Without truths.
SftSample pair_sample(const Processor& processor, const PromptTemplate& prompt_template,
                      const Candidate& first, const Candidate& second, PairText text,
                      double decisive_weight);

/// A text's tokens and the token that ends a turn.
std::vector<std::int64_t> encode_completion(const Processor& processor, const std::string& text);

}  // namespace juror
