// The protocol of OpenAI's chat completions as JSON: a question to the body of a request, the body
// of a response to completions. Knows no connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "judge/parse_completion.h"
#include "judge/question.h"

namespace juror {

/// How a server continues an assistant's turn that the request has begun.
enum class Prefill {
  kNone,     ///< not at all
  kFlagged,  ///< when asked by continue_final_message (vLLM, SGLang)
  kPlain,    ///< whenever the last message is the assistant's (llama-server)
};

/// What a server can do beyond plain completions.
struct ServerAbilities {
  bool many_completions = false;  ///< honours n > 1
  std::int64_t top_logprobs = 0;  ///< log-probs given for each token; 0: none
  Prefill prefill = Prefill::kNone;
};

/// The pictures of questions as data URIs, each encoded once while a question holds it. PNG, so
/// that the server sees the pixels that the engine would; JPEG (quality 95, all colour) above
/// kMostPngPixels.
class ImageUris {
 public:
  static constexpr std::int64_t kMostPngPixels = 1 << 20;
  const std::string& uri(const std::shared_ptr<const Picture>& picture);

 private:
  struct Entry {
    std::weak_ptr<const Picture> picture;
    std::string uri;
  };
  std::map<const Picture*, Entry> entries_;
};

/// What one request asks of a question.
struct ChatCall {
  std::string prefill = {};      ///< with which the assistant's turn begins; empty: not begun
  std::int64_t completions = 1;  ///< n
  std::int64_t sample = 0;       ///< number of the first, which names its seed
  bool decision_only = false;    ///< one token, which is the decision
};

/// The body of a request. Special tokens in texts are the server's affair.
std::string chat_body(const std::string& model, const ServerAbilities& abilities,
                      const Question& question, const ChatCall& call, ImageUris& uris);

/// One completion of a response.
struct ChatChoice {
  CompletionText completion;
  bool has_logprobs = false;
  /// The first token, whatever it is: at a decision that is forced its log-probs alone count.
  CompletionToken first = {};
};

struct ChatAnswer {
  std::vector<ChatChoice> choices;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;  ///< 0 where the server does not say
};

/// Reads a response to a call that began with `prefill`. Throws Error with what is wrong about it.
ChatAnswer read_chat_answer(const std::string& body, const std::string& prefill);

/// What a response that is an error says, at most a few hundred bytes.
std::string error_text(const std::string& body);

/// A model that a server lists.
struct ListedModel {
  std::string id;
  std::string prompt_template = {};  ///< TOML, with which `juror serve` asks it; "" from others
};

/// Of GET /v1/models. Throws Error with what is wrong about it.
std::vector<ListedModel> read_models(const std::string& body);

}  // namespace juror
