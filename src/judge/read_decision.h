// What the log-probs at a decision say where no answer was written.
#pragma once

#include <span>

#include "preference/verdict.h"

namespace juror {

/// What a template asks for.
struct AnswerShape : AnswerAsked {
  double score_temperature = 1;
};

/// Whether its decision stands among the digits 0 … 9, not between 1 and 2 alone.
inline bool decides_by_digits(AnswerFormat format) {
  return format == AnswerFormat::kRating || format == AnswerFormat::kRanking;
}

/// What the log-probs (or logits) at a decision say where no answer was written: p, and the
/// likeliest answer. logprobs: [2] of "1" and "2", or [10] of the digits (`decides_by_digits`).
Verdict read_decision(const AnswerShape& shape, std::span<const double> logprobs);

}  // namespace juror
