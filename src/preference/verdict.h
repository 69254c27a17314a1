// Reading one completion: the thought, the written answer, and where the decision stands. What
// cannot be read gets a named status, never a silent 0.5. Probabilities come from logits that the
// caller reads at `decision_offset`.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace juror {

/// What came of reading a completion.
enum class Status {
  kOk,         ///< the answer was read
  kNoAnswer,   ///< the completion ended without an answer
  kBadAnswer,  ///< there is an answer, but not of the asked-for shape
  kTruncated,  ///< the token limit cut the completion before its answer was complete
  kForced,  ///< no answer could be read; the engine closed the thought and read the decision itself
};

/// What the template asks the model to write between <answer> and </answer>.
enum class AnswerFormat {
  kChoice,   ///< `1` or `2`: the better image
  kScores,   ///< `7.5 6.0`: one score per image, higher is better
  kRating,   ///< `7`: of the one image that is shown, 0 to 9, higher is better
  kRanking,  ///< `2 > 1 > 3`: all images that are shown, best first
};

/// What a completion is asked for.
struct AnswerAsked {
  AnswerFormat format = AnswerFormat::kChoice;
  std::size_t images = 2;  ///< shown: kRanking names each once
  /// kChoice: verdicts by name that stand in front of the answer, as
  /// `<criteria>sharpness: 1, colour: 2</criteria>`.
  std::vector<std::string> criteria = {};
};

/// The word used in files and tables: "ok", "no_answer", "bad_answer", "truncated", "forced".
std::string_view name(Status status);
std::optional<Status> status_from_name(std::string_view word);

/// The word used in templates: "choice", "scores", "rating", "ranking".
std::string_view name(AnswerFormat format);
std::optional<AnswerFormat> answer_format_from_name(std::string_view word);

/// One vote as the engine hands it on. Its images are in the order in which the model saw them.
struct Verdict {
  std::string thinking;
  std::string answer;  ///< as written, trimmed
  /// P(first shown is better; of three or more, the best); NaN when unread.
  double p = std::numeric_limits<double>::quiet_NaN();
  Status status = Status::kNoAnswer;
  /// Probability that "1" and "2" had together where p was read, as far as a server shows it; NaN
  /// where nobody asked.
  double choice_mass = std::numeric_limits<double>::quiet_NaN();
  bool p_from_answer = false;  ///< no log-probs were to be had: p is 1 or 0 by the written answer
  /// kRating: the expected rating under the digits' log-probs, or the written one.
  double rating = std::numeric_limits<double>::quiet_NaN();
  /// kRanking: of each image as shown the probability that it is the best; empty: not known.
  std::vector<double> first_place = {};
  std::vector<std::size_t> ranking = {};  ///< kRanking: indices of the images as shown, best first
  /// P(first shown is better) by each of the template's criteria; NaN: unread. Empty without any.
  std::vector<double> criteria = {};
};

/// How a completion came to its end.
enum class Ending {
  kEos,  ///< the model wrote an end token (or a stop string was met)
  kCut,  ///< the token limit was reached
};

inline constexpr std::size_t kNoOffset = std::string::npos;

/// What a completion says. All behind `status` is set only when that is kOk.
struct ParsedAnswer {
  std::string thinking;                             ///< trimmed, without tags
  std::string answer;                               ///< trimmed; empty without an answer
  Status status = Status::kNoAnswer;                ///< never kForced
  std::optional<std::pair<double, double>> scores;  ///< kScores: first and second image
  int choice = 0;                                   ///< kChoice: 1 or 2; 0 = none
  std::optional<double> rating = {};                ///< kRating
  std::vector<std::size_t> ranking = {};            ///< kRanking: images from 0, best first
  /// Bytes at which the digits of the criteria stand, one a criterion; kNoOffset: unread.
  std::vector<std::size_t> criterion_offsets = {};
  /// Byte in the text at which the digit (or first number) starts.
  std::size_t decision_offset = kNoOffset;
};

/// Reads `<think>…</think><answer>1</answer>`.
///
/// The thought ends at the first `</think>`; without one, at the first `<answer>`. Text before it
/// is the thought even without `<think>` (some templates open the thought in the prompt, some have
/// no tags).
///
/// The answer is the first `<answer>…</answer>` after the thought; an `<answer>` inside a closed
/// thought is prose. White space around it is allowed; text behind it is ignored, even if cut.
///
/// kChoice takes exactly `1` or `2`; kScores two plain decimal numbers with white space or one
/// comma between; kRating one from 0 to 10; kRanking each image's number once, with `>` between;
/// anything else ("Image 1", "3", "both") is kBadAnswer. An answer that is not
/// closed is kTruncated if the completion was cut, else kBadAnswer.
ParsedAnswer parse_answer(std::string_view completion, const AnswerAsked& asked, Ending ending);
inline ParsedAnswer parse_answer(std::string_view completion, AnswerFormat format, Ending ending) {
  return parse_answer(completion, AnswerAsked{.format = format}, ending);
}

/// How to force a decision out of a completion without one: keep its first `keep` bytes and write
/// `append`; the next token is then the decision.
struct ForcedRead {
  std::size_t keep = 0;
  std::string append;
};

/// Closes the thought if it is open (by the completion, or by a prompt that ends in `<think>`) and
/// opens the answer. Drops a tag that was cut in the middle and an answer that could not be read.
ForcedRead forced_read(std::string_view completion, bool prompt_opens_thought);

}  // namespace juror
