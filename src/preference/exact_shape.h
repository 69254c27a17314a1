// Whether a completion has exactly the shape that it was asked for, which a reward of format pays.
#pragma once

#include <string_view>

#include "preference/verdict.h"

namespace juror {

/// Whether the assistant's whole turn has exactly the asked-for shape:
/// `<think>…</think><answer>…</answer>`, or the answer alone, with nothing but white space around;
/// where criteria are asked for, all of them stand in front of the answer.
bool has_exact_shape(std::string_view turn, const AnswerAsked& asked);
inline bool has_exact_shape(std::string_view turn, AnswerFormat format) {
  return has_exact_shape(turn, AnswerAsked{.format = format});
}

}  // namespace juror
