// A model that answers conversations: the seam between /v1/chat/completions and the engine. Free of
// torch; a server that votes elsewhere has none.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sampling_options.h"
#include "judge/question.h"
#include "text/chat.h"

namespace juror {

struct ChatTask {
  std::vector<Message> messages;
  std::vector<std::shared_ptr<const Picture>> pictures;  ///< in the order of the image parts
  std::string prefill;                                   ///< with which the assistant's turn begins
  SamplingOptions sampling;
  std::int64_t completions = 1;
  std::int64_t seed = 0;
  std::vector<std::string> stop;  ///< a completion ends before the first of these
};

/// One token of a completion. `choices`: log-probs of "1" and "2" at its place, temperature 1.
struct ChatToken {
  std::string bytes;
  double logprob = 0;
  std::array<double, 2> choices = {};
};

struct ChatAnswerText {
  std::string text;
  std::string finish = "stop";  ///< or "length"
  std::vector<ChatToken> tokens;
};

struct ChatResult {
  std::vector<ChatAnswerText> answers;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
};

/// Hears of a task from the thread that owns the model.
struct ChatListener {
  /// A piece of text of a completion, in whole characters; false: nobody listens any more.
  std::function<bool(std::size_t completion, std::string_view text)> piece;
  std::function<void(ChatResult)> done;
  std::function<void(std::exception_ptr)> failed;
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;
  /// Works whenever the judge of this model is polled. Throws Error for a prompt that cannot be
  /// asked.
  virtual void ask(ChatTask task, ChatListener listener) = 0;
  virtual bool is_busy() const = 0;
};

}  // namespace juror
