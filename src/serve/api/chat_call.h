// OpenAI's chat completions: requests and answers as JSON. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "serve/api/fields.h"
#include "serve/api/picture_source.h"
#include "serve/chat_model.h"

namespace juror {

struct ChatRequest {
  std::string model;
  ChatTask task;  ///< without its pictures
  std::vector<PictureSource> pictures;
  bool stream = false, includes_usage = false, logprobs = false;
  std::int64_t top_logprobs = 0;
};

/// Unknown keys are passed over, as every server of this API does. An assistant's message at the
/// end is continued. Throws HttpError (400) for wrong types and for what cannot be done: tools,
/// more than 64 completions, other content than text and images.
ChatRequest read_chat_request(const Json& json, const SamplingOptions& sampling);

/// What the parts of one answer have in common.
struct ChatNames {
  std::string id, model;
  std::int64_t created = 0;
};

OrderedJson chat_json(const ChatNames& names, const ChatRequest& request, const ChatResult& result);

/// Chunks of a stream: the role of one completion, a piece of its text, its end with its log-probs,
/// and the usage.
OrderedJson role_chunk(const ChatNames& names, std::size_t index);
OrderedJson text_chunk(const ChatNames& names, std::size_t index, const std::string& text);
OrderedJson end_chunk(const ChatNames& names, std::size_t index, const ChatRequest& request,
                      const ChatAnswerText& answer);
OrderedJson usage_chunk(const ChatNames& names, const ChatResult& result);

}  // namespace juror
