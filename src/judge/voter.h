// Who answers: the engine in this process, or a server. Questions go in at any time and votes come
// out as they finish, so that whoever answers can be kept busy by many questions at once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "judge/question.h"
#include "preference/verdict.h"

namespace juror {

/// The votes on one question; their pictures are in the order shown.
struct Votes {
  std::size_t question = 0;            ///< the number that `ask` gave
  std::vector<Verdict> verdicts;       ///< as many as asked for, by sample number
  std::int64_t prompt_tokens = 0;      ///< 0 where the voter cannot tell
  std::int64_t completion_tokens = 0;  ///< of all votes, forced reads left out
  /// What a server counted beyond these: prompts sent again, forced reads.
  std::int64_t extra_tokens = 0;
  std::optional<Error> refusal;  ///< why this question has no votes; others go on
};

class Voter {
 public:
  virtual ~Voter() = default;

  /// Throws Error naming a view of a picture that cannot be shown to this voter.
  virtual void check(const Image& /*view*/) const {}

  /// Puts a question and returns its number. Throws Error for one that cannot be asked.
  virtual std::size_t ask(Question question) = 0;

  /// Whether more questions would be answered sooner if they were asked now; what is asked all the
  /// same waits.
  virtual bool has_room() const = 0;

  /// Works for a moment (a decoding step, a tenth of a second's wait) and returns the votes on one
  /// question that are complete, if there are any. Throws Error when the voter cannot go on.
  virtual std::optional<Votes> poll() = 0;

  /// Forgets all questions that have no votes yet.
  virtual void cancel() = 0;

  /// Tokens of the prompt, where the voter can tell without asking anybody.
  virtual std::optional<std::int64_t> prompt_tokens(const Question& question) = 0;

  /// Most tokens that all the votes on a question can take, as its `Votes` will count them.
  virtual std::int64_t most_tokens(const Question& question) = 0;
};

}  // namespace juror
