#include "serve/api/chat_call.h"

#include <fmt/format.h>

#include <cmath>

#include "serve/http/message.h"
#include "text/unicode.h"

namespace juror {
namespace {

void read_part(const Json& json, const std::string& where, Message& message, ChatRequest& request) {
  const Fields part(json, where + ".");
  const std::string type = part.text("type").value_or("");
  if (type == "text" || type == "input_text") {
    message.content.push_back({.text = part.text("text").value_or("")});
  } else if (type == "image_url" || type == "image" || type == "input_image") {
    message.content.push_back({.kind = ContentPart::kImage, .text = {}});
    request.pictures.push_back(picture_source(json, where));
  } else {
    refuse_value(
        fmt::format("{}.type is '{}', and 'text' or 'image_url' is expected.", where, type));
  }
}

Message read_message(const Json& json, const std::string& where, ChatRequest& request) {
  const Fields fields(json, where + ".");
  Message message{.role = fields.text("role").value_or(""), .content = {}};
  if (message.role == "developer") message.role = "system";
  if (message.role != "system" && message.role != "user" && message.role != "assistant")
    refuse_value(fmt::format("{}.role is '{}', and system, user or assistant is expected.", where,
                             message.role));
  const Json& content = fields.value("content");
  if (content.is_string()) {
    message.content.push_back({.text = content.get<std::string>()});
    message.is_plain = true;
  } else if (content.is_array() && !content.empty()) {
    for (std::size_t i = 0; i < content.size(); ++i)
      read_part(content[i], fmt::format("{}.content[{}]", where, i), message, request);
  } else {
    refuse_value(where + ".content must be a text or a list of parts.");
  }
  return message;
}

void read_stop(const Fields& fields, ChatTask& task) {
  if (!fields.has("stop")) return;
  const Json& stop = fields.value("stop");
  for (const Json& one : stop.is_array() ? stop : Json::array({stop})) {
    if (!one.is_string() || one.get<std::string>().empty() || task.stop.size() == 8)
      refuse_value("stop must be a text or a list of at most eight texts, none of them empty.");
    task.stop.push_back(one);
  }
}

OrderedJson bytes_json(const std::string& bytes) {
  OrderedJson list = OrderedJson::array();
  for (const char c : bytes) list.push_back(static_cast<int>(static_cast<unsigned char>(c)));
  return list;
}

OrderedJson token_json(const std::string& bytes, double logprob) {
  return {{"token", lossy_utf8(bytes)},
          {"logprob", std::isfinite(logprob) ? logprob : -9999.0},
          {"bytes", bytes_json(bytes)}};
}

/// The token itself and the two choices, likeliest first: what the engine keeps.
OrderedJson top_json(const ChatToken& token, std::int64_t most) {
  std::vector<std::pair<double, std::string>> known = {{token.logprob, token.bytes}};
  for (std::size_t choice = 0; choice < 2; ++choice) {
    const std::string digit = choice == 0 ? "1" : "2";
    if (digit != token.bytes) known.emplace_back(token.choices[choice], digit);
  }
  std::sort(known.begin(), known.end(), std::greater<>());
  OrderedJson list = OrderedJson::array();
  for (const auto& [logprob, bytes] : known)
    if (list.size() < static_cast<std::size_t>(most)) list.push_back(token_json(bytes, logprob));
  return list;
}

OrderedJson logprobs_json(const ChatRequest& request, const ChatAnswerText& answer) {
  if (!request.logprobs) return nullptr;
  OrderedJson content = OrderedJson::array();
  for (const ChatToken& token : answer.tokens) {
    OrderedJson one = token_json(token.bytes, token.logprob);
    one["top_logprobs"] = top_json(token, request.top_logprobs);
    content.push_back(std::move(one));
  }
  return {{"content", content}, {"refusal", nullptr}};
}

OrderedJson usage_json(const ChatResult& result) {
  return {{"prompt_tokens", result.prompt_tokens},
          {"completion_tokens", result.completion_tokens},
          {"total_tokens", result.prompt_tokens + result.completion_tokens}};
}

OrderedJson chunk(const ChatNames& names, OrderedJson choices) {
  return {{"id", names.id},
          {"object", "chat.completion.chunk"},
          {"created", names.created},
          {"model", names.model},
          {"choices", std::move(choices)}};
}

OrderedJson delta_choice(std::size_t index, OrderedJson delta) {
  return OrderedJson::array({{{"index", index},
                              {"delta", std::move(delta)},
                              {"logprobs", nullptr},
                              {"finish_reason", nullptr}}});
}

}  // namespace

ChatRequest read_chat_request(const Json& json, const SamplingOptions& sampling) {
  const Fields fields(json);
  ChatRequest request{.model = fields.text("model").value_or(""), .task = {.sampling = sampling}};
  if (const Json* tools = fields.list("tools"); tools != nullptr && !tools->empty())
    refuse_value("This model calls no tools.");
  const Json* messages = fields.list("messages");
  if (messages == nullptr || messages->empty()) refuse_value("messages is missing or empty.");
  for (std::size_t i = 0; i < messages->size(); ++i)
    request.task.messages.push_back(
        read_message((*messages)[i], fmt::format("messages[{}]", i), request));
  if (request.task.messages.back().role == "assistant") {
    for (const ContentPart& part : request.task.messages.back().content)
      request.task.prefill += part.text;
    request.task.messages.pop_back();
    if (request.task.messages.empty()) refuse_value("messages has no message of a user.");
  }
  SamplingOptions& own = request.task.sampling;
  own.temperature = fields.number("temperature", {0, 100}).value_or(own.temperature);
  own.top_p = fields.number("top_p", {0, 1}).value_or(own.top_p);
  own.top_k = fields.integer("top_k", {-1, 1 << 24}).value_or(own.top_k);
  own.top_k = std::max<std::int64_t>(own.top_k, 0);  // vLLM's clients say -1 for all
  own.min_p = fields.number("min_p", {0, 1}).value_or(own.min_p);
  for (const char* key : {"max_tokens", "max_completion_tokens"})
    own.max_new_tokens = fields.integer(key, {1, 1 << 16}).value_or(own.max_new_tokens);
  request.task.completions = fields.integer("n", {1, 64}).value_or(1);
  request.task.seed = fields.integer("seed", {0, 9e15}).value_or(0);
  read_stop(fields, request.task);
  request.stream = fields.boolean("stream").value_or(false);
  if (fields.has("stream_options"))
    request.includes_usage = Fields(fields.value("stream_options"), "stream_options.")
                                 .boolean("include_usage")
                                 .value_or(false);
  request.logprobs = fields.boolean("logprobs").value_or(false);
  request.top_logprobs = fields.integer("top_logprobs", {0, 20}).value_or(0);
  return request;
}

OrderedJson chat_json(const ChatNames& names, const ChatRequest& request,
                      const ChatResult& result) {
  OrderedJson choices = OrderedJson::array();
  for (const ChatAnswerText& answer : result.answers) {
    choices.push_back(
        {{"index", choices.size()},
         {"message", {{"role", "assistant"}, {"content", answer.text}, {"refusal", nullptr}}},
         {"logprobs", logprobs_json(request, answer)},
         {"finish_reason", answer.finish}});
  }
  return {{"id", names.id},       {"object", "chat.completion"}, {"created", names.created},
          {"model", names.model}, {"choices", choices},          {"usage", usage_json(result)}};
}

OrderedJson role_chunk(const ChatNames& names, std::size_t index) {
  return chunk(names, delta_choice(index, {{"role", "assistant"}, {"content", ""}}));
}

OrderedJson text_chunk(const ChatNames& names, std::size_t index, const std::string& text) {
  return chunk(names, delta_choice(index, {{"content", text}}));
}

OrderedJson end_chunk(const ChatNames& names, std::size_t index, const ChatRequest& request,
                      const ChatAnswerText& answer) {
  OrderedJson choices = delta_choice(index, OrderedJson::object());
  choices[0]["finish_reason"] = answer.finish;
  choices[0]["logprobs"] = logprobs_json(request, answer);
  return chunk(names, std::move(choices));
}

OrderedJson usage_chunk(const ChatNames& names, const ChatResult& result) {
  OrderedJson json = chunk(names, OrderedJson::array());
  json["usage"] = usage_json(result);
  return json;
}

}  // namespace juror
