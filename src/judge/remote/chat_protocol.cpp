#include "judge/remote/chat_protocol.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "base/parse_json.h"
#include "base/trimmed.h"
#include "image/encode.h"
#include "text/unicode.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kJpegQuality = 95;
constexpr std::size_t kMostErrorBytes = 300;

/// Fewer bits than the servers' integers have; equal names give equal seeds.
std::int64_t seed_of(const Question& question, std::int64_t sample) {
  std::uint64_t hash = 0x9E3779B97F4A7C15ULL ^ static_cast<std::uint64_t>(question.seed);
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0xBF58476D1CE4E5B9ULL;
    hash ^= hash >> 29;
  };
  for (const Message& message : question.messages) {
    for (const ContentPart& part : message.content) {
      for (const char c : part.text) mix(static_cast<std::uint8_t>(c));
    }
  }
  for (const auto& picture : question.pictures) mix(picture->key);
  mix(static_cast<std::uint64_t>(sample));
  return static_cast<std::int64_t>(hash & 0x7FFFFFFF);
}

Json content_json(const Message& message, const Question& question, std::size_t& pictures,
                  ImageUris& uris) {
  Json parts = Json::array();
  for (const ContentPart& part : message.content) {
    if (part.kind == ContentPart::kText) {
      parts.push_back({{"type", "text"}, {"text", part.text}});
    } else {
      parts.push_back({{"type", "image_url"},
                       {"image_url", {{"url", uris.uri(question.pictures.at(pictures++))}}}});
    }
  }
  const bool is_one_text = parts.size() == 1 && parts[0]["type"] == "text";
  return is_one_text ? parts[0]["text"] : parts;
}

Json messages_json(const Question& question, const std::string& prefill, ImageUris& uris) {
  Json messages = Json::array();
  std::size_t pictures = 0;
  for (const Message& message : question.messages) {
    messages.push_back(
        {{"role", message.role}, {"content", content_json(message, question, pictures, uris)}});
  }
  if (!prefill.empty())
    messages.push_back({{"role", "assistant"}, {"content", lossy_utf8(prefill)}});
  return messages;
}

void put_sampling(Json& body, const SamplingOptions& sampling) {
  body["temperature"] = sampling.temperature;
  body["top_p"] = sampling.top_p;
  if (sampling.top_k > 0) body["top_k"] = sampling.top_k;  // not every server knows these two
  if (sampling.min_p > 0) body["min_p"] = sampling.min_p;
  body["max_tokens"] = sampling.max_new_tokens;
}

/// The bytes of a token of `logprobs.content`: as a list where given, else its text.
std::string bytes_of(const Json& token) {
  std::string bytes;
  if (token.contains("bytes") && token["bytes"].is_array()) {
    for (const Json& byte : token["bytes"]) {
      require(byte.is_number_unsigned() && byte.get<std::uint64_t>() < 256,
              "the bytes of a token hold {}", byte.is_primitive() ? byte.dump() : "a list");
      bytes += static_cast<char>(byte.get<int>());
    }
    return bytes;
  }
  require(token.contains("token") && token["token"].is_string(), "a token has no text");
  return token["token"].get<std::string>();
}

double logprob_of(const Json& token) {
  require(token.contains("logprob") && token["logprob"].is_number(),
          "a token has no number 'logprob'");
  const auto logprob = token["logprob"].get<double>();
  constexpr double kRounding = 0.01;
  require(logprob <= kRounding, "a token's 'logprob' is {}, and at most 0 is expected", logprob);
  return std::min(logprob, 0.0);
}

/// Log of the probability that all tokens seen at this place give to each digit, where `around`
/// stands about it; −∞ for those out of sight. Empty when all are.
std::vector<double> digit_logprobs(const Json& token, const std::string& before,
                                   const std::string& behind) {
  std::vector<double> mass(10, 0.0);
  const auto count = [&](const Json& one) {
    const std::string text = trimmed(bytes_of(one));
    for (std::size_t digit = 0; digit < mass.size(); ++digit) {
      if (text == trimmed(before + std::to_string(digit) + behind))
        mass[digit] += std::exp(logprob_of(one));
    }
  };
  bool lists_itself = false;
  if (token.contains("top_logprobs") && token["top_logprobs"].is_array()) {
    for (const Json& one : token["top_logprobs"]) {
      count(one);
      lists_itself |= bytes_of(one) == bytes_of(token);
    }
  }
  if (!lists_itself) count(token);
  if (std::all_of(mass.begin(), mass.end(), [](double one) { return one <= 0; })) return {};
  for (double& one : mass) one = std::log(one);
  return mass;
}

/// The log-probs at a token that has a digit, which `before` and `behind` stand about.
void read_logprobs(const Json& token, const std::string& before, const std::string& behind,
                   CompletionToken& read) {
  read.digit_logprobs = digit_logprobs(token, before, behind);
  read.has_choices = !read.digit_logprobs.empty() &&
                     !(std::isinf(read.digit_logprobs[1]) && std::isinf(read.digit_logprobs[2]));
  if (read.has_choices) read.choice_logprobs = {read.digit_logprobs[1], read.digit_logprobs[2]};
}

CompletionToken read_token(const Json& token) {
  CompletionToken read{.bytes = bytes_of(token)};
  const std::size_t digit = read.bytes.find_first_of("0123456789");
  if (digit != std::string::npos)
    read_logprobs(token, read.bytes.substr(0, digit), read.bytes.substr(digit + 1), read);
  return read;
}

std::string text_or_empty(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

/// The message's text. Servers that set a model's thought apart give it under another key.
std::string message_text(const Json& message, const std::string& prefill) {
  std::string thought = text_or_empty(message, "reasoning_content");
  if (thought.empty()) thought = text_or_empty(message, "reasoning");
  const std::string content = text_or_empty(message, "content");
  if (thought.empty()) return content;
  const bool is_open = prefill.find("<think>") != std::string::npos;
  return (is_open ? "" : "<think>") + thought + "</think>" + content;
}

/// The tokens up to the end of the message's text: end tokens and the like stand behind it. Empty
/// when they are of another text.
std::vector<CompletionToken> tokens_of(const Json& choice, const std::string& content) {
  std::vector<CompletionToken> tokens;
  if (!choice.contains("logprobs") || !choice["logprobs"].is_object()) return tokens;
  const Json& logprobs = choice["logprobs"];
  if (!logprobs.contains("content") || !logprobs["content"].is_array()) return tokens;
  std::string text;
  for (const Json& token : logprobs["content"]) {
    tokens.push_back(read_token(token));
    text += tokens.back().bytes;
  }
  const std::size_t begin = text.find(content);
  if (begin == std::string::npos) return {};
  std::size_t left = begin + content.size();
  std::size_t count = 0;
  for (; count < tokens.size() && left > 0; ++count) {
    tokens[count].bytes.resize(std::min(left, tokens[count].bytes.size()));
    left -= tokens[count].bytes.size();
  }
  tokens.resize(count);
  return tokens;
}

ChatChoice read_choice(const Json& choice, const std::string& prefill) {
  require(choice.is_object() && choice.contains("message") && choice["message"].is_object(),
          "a choice has no message");
  const Json& message = choice["message"];
  require(message.contains("content") &&
              (message["content"].is_string() || message["content"].is_null()),
          "a message has no text 'content'");
  ChatChoice read;
  std::string text = message_text(message, prefill);
  read.completion.ending =
      text_or_empty(choice, "finish_reason") == "length" ? Ending::kCut : Ending::kEos;
  read.completion.tokens = tokens_of(choice, text_or_empty(message, "content"));
  if (read.completion.tokens.empty() && !text.empty())
    read.completion.tokens.push_back({.bytes = std::move(text)});
  const bool repeats_prefill = read.completion.text().starts_with(prefill);
  if (!repeats_prefill) read.completion.opening = prefill;
  if (choice.contains("logprobs") && choice["logprobs"].is_object()) {
    const Json tokens = choice["logprobs"].value("content", Json());
    read.has_logprobs = tokens.is_array() && !tokens.empty();
    if (read.has_logprobs) read_logprobs(tokens[0], "", "", read.first);
  }
  return read;
}

std::int64_t count_of(const Json& json, const char* key) {
  const Json usage = json.value("usage", Json());
  return usage.is_object() && usage.contains(key) && usage[key].is_number_integer()
             ? usage[key].get<std::int64_t>()
             : 0;
}

[[noreturn]] void refuse(const char* what, const std::string& body) {
  throw Error(fmt::format("{}: {}", what, error_text(body)));
}

/// The list at `key` of what a body is. `body` is read a second time only where it is refused.
const Json& list_of(const Json& json, const char* key, const std::string& body) {
  if (!json.is_object()) refuse("it is no JSON object", body);
  const auto list = json.find(key);
  if (list == json.end() || !list->is_array())
    refuse(fmt::format("it has no list '{}'", key).c_str(), body);
  return *list;
}

}  // namespace

const std::string& ImageUris::uri(const std::shared_ptr<const Picture>& picture) {
  const auto known = entries_.find(picture.get());
  if (known != entries_.end() && !known->second.picture.expired()) return known->second.uri;
  std::erase_if(entries_, [](const auto& entry) { return entry.second.picture.expired(); });
  const Image& image = picture->image;
  const bool is_small = static_cast<std::int64_t>(image.width) * image.height <= kMostPngPixels;
  std::string uri = is_small
                        ? "data:image/png;base64," + base64(encode_png(image))
                        : "data:image/jpeg;base64," +
                              base64(encode_jpeg(image, kJpegQuality, ChromaSubsampling::k444));
  return entries_.insert_or_assign(picture.get(), Entry{picture, std::move(uri)}).first->second.uri;
}

std::string chat_body(const std::string& model, const ServerAbilities& abilities,
                      const Question& question, const ChatCall& call, ImageUris& uris) {
  Json body = {{"model", model}, {"messages", messages_json(question, call.prefill, uris)}};
  if (call.decision_only) {
    body["max_tokens"] = 1;
    body["temperature"] = 1;  // some servers scale log-probs by it
  } else {
    put_sampling(body, question.sampling);
  }
  if (call.completions > 1) body["n"] = call.completions;
  body["seed"] = seed_of(question, question.first_vote + call.sample);
  if (abilities.top_logprobs > 0) {
    body["logprobs"] = true;
    body["top_logprobs"] = abilities.top_logprobs;
  }
  if (!call.prefill.empty() && abilities.prefill == Prefill::kFlagged) {
    body["continue_final_message"] = true;
    body["add_generation_prompt"] = false;
  }
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ChatAnswer read_chat_answer(const std::string& body, const std::string& prefill) {
  const Json json = json_or_discarded<Json>(body);
  const Json& choices = list_of(json, "choices", body);
  if (choices.empty()) refuse("its list 'choices' is empty", body);
  ChatAnswer answer;
  for (const Json& choice : choices) answer.choices.push_back(read_choice(choice, prefill));
  answer.prompt_tokens = count_of(json, "prompt_tokens");
  answer.completion_tokens = count_of(json, "completion_tokens");
  return answer;
}

std::string error_text(const std::string& body) {
  const Json json = json_or_discarded<Json>(body);
  std::string text = body;
  if (json.is_object()) {
    const Json& error = json.contains("error") ? json["error"] : json;
    if (error.is_string()) text = error.get<std::string>();
    for (const char* key : {"message", "detail"}) {
      if (error.is_object() && error.contains(key))
        text = error[key].is_string() ? error[key].get<std::string>() : error[key].dump();
    }
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  if (text.find_first_not_of(' ') == std::string::npos) return "it says nothing.";
  if (text.size() > kMostErrorBytes) text = text.substr(0, kMostErrorBytes) + " …";
  return lossy_utf8(text);
}

std::vector<ListedModel> read_models(const std::string& body) {
  const Json json = json_or_discarded<Json>(body);
  std::vector<ListedModel> models;
  for (const Json& model : list_of(json, "data", body)) {
    if (!model.is_object() || text_or_empty(model, "id").empty())
      refuse("a model has no text 'id'", body);
    models.push_back({text_or_empty(model, "id"), text_or_empty(model, "prompt_template")});
  }
  return models;
}

}  // namespace juror
