// From a completion, token by token as text, to a verdict: the answer, and the probability where
// the decision stands. Knows neither tokenizer nor server.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "judge/read_decision.h"

namespace juror {

/// A token of a completion, with the log-probs of the choices "1" and "2" where it was drawn, at
/// temperature 1.
struct CompletionToken {
  std::string bytes;  ///< empty for a special token
  std::array<double, 2> choice_logprobs = {std::numeric_limits<double>::quiet_NaN(),
                                           std::numeric_limits<double>::quiet_NaN()};
  bool has_choices = false;  ///< the log-probs are known
  /// Of "0" … "9", for answers that are numbers of images or ratings; empty where they are not
  /// known.
  std::vector<double> digit_logprobs = {};
};

struct CompletionText {
  std::string opening;  ///< with which the prompt opened the assistant's turn
  std::vector<CompletionToken> tokens;
  Ending ending = Ending::kEos;

  std::string text() const;  ///< opening and completion, byte by byte
};

/// All that can be read of a completion.
struct ParsedCompletion {
  Verdict verdict;  ///< status kOk, or the reason why it could not be read (p NaN)
  /// Index of the token whose log-probs p was read from; -1 where there is none.
  std::int64_t decision_token = -1;
  std::optional<std::pair<double, double>>
      scores;                ///< as written, for templates that ask for scores
  bool well_formed = false;  ///< opening and completion have exactly the asked-for shape
};

/// A choice whose log-probs are not known has status kOk and p NaN.
ParsedCompletion parse_completion(const CompletionText& completion, const AnswerShape& shape);

/// The text that continues the prompt so that the next token is the decision, for a completion that
/// could not be read: opening and completion with the thought closed and the answer opened.
std::string forced_text(const CompletionText& completion);

}  // namespace juror
