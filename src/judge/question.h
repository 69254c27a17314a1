// What a voter is asked: messages with pictures, how the assistant's turn begins, and how many
// votes are wanted. Text and RGB alone; knows no model and no server.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/sampling_options.h"
#include "judge/candidate.h"
#include "judge/read_decision.h"
#include "judge/template.h"
#include "text/chat.h"

namespace juror {

/// Whether the assistant's turn begins with a thought or with the answer.
enum class Opening { kThink, kAnswer };

/// The text with which the assistant's turn begins.
std::string opening_text(const PromptTemplate& prompt_template, Opening opening);

/// The conversation that shows candidates, and which view stands at each of its image parts.
struct ShownMessages {
  std::vector<Message> messages;
  /// Candidate (0: the first shown) and view of each image part, in order.
  std::vector<std::pair<std::size_t, std::size_t>> images;
};

/// Fills the slots of the template. views: how many each candidate has. `prompt` may be empty if
/// the template allows it. Throws Error where it does not, and for a number of candidates that the
/// template has no place for: a rating shows one, a ranking two to six, all others two.
ShownMessages shown_messages(const PromptTemplate& prompt_template, const std::string& prompt,
                             std::span<const std::size_t> views);

inline constexpr std::size_t kMostListed = 6;  ///< candidates that one question shows

struct Question {
  std::vector<Message> messages;
  std::vector<std::shared_ptr<const Picture>> pictures;  ///< in the order of the image parts
  std::vector<std::size_t> candidate_ends;  ///< behind the last picture of each candidate
  Opening begins = Opening::kThink;         ///< with what the assistant's turn begins
  std::string opening;                      ///< its text
  AnswerFormat format = AnswerFormat::kChoice;
  double score_temperature = 1;
  std::vector<std::string> criteria = {};
  /// The opening opens the answer: nothing is sampled, what would follow decides. One vote.
  bool immediate = false;
  std::int64_t votes = 1;
  std::int64_t first_vote = 0;  ///< votes with smaller numbers were taken before
  std::int64_t seed = 0;  ///< of the run; with the content it names the randomness of each vote
  SamplingOptions sampling;

  AnswerShape shape() const {
    return {{format, candidate_ends.size(), criteria}, score_temperature};
  }
};

/// The question that shows the candidates in this order; one vote unless more are set. Throws Error
/// as `shown_messages`.
Question make_question(const PromptTemplate& prompt_template, const std::string& prompt,
                       std::span<const CandidateImage> shown, Opening opening);

}  // namespace juror
