#include "judge/remote/abilities.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace juror {

Question tiny_question() {
  Question question{
      .messages = {{.role = "user",
                    .content = {{.kind = ContentPart::kText, .text = "Answer with 1 or 2."}}}},
      .pictures = {},
      .candidate_ends = {},
      .opening = {},
      .sampling = {}};
  question.sampling.max_new_tokens = 1;
  return question;
}

namespace {

/// Tiny requests to one model.
class Prober {
 public:
  Prober(ChatServerClient& server, const std::string& model) : server_(server), model_(model) {}

  FoundAbilities find();

 private:
  /// Nothing where the server refuses what it asks for.
  std::optional<ChatAnswer> probe(const ServerAbilities& abilities, const ChatCall& call);
  void find_prefill();

  ChatServerClient& server_;
  const std::string& model_;
  ServerAbilities abilities_;
  std::int64_t tokens_ = 0;
  std::string refusal_;  // what the server said to the last request that it refused
  ImageUris uris_;
};

std::optional<ChatAnswer> Prober::probe(const ServerAbilities& abilities, const ChatCall& call) {
  const HttpResponse response =
      server_.exchange(server_.url(), chat_body(model_, abilities, tiny_question(), call, uris_));
  if (response.status == 400 || response.status == 422 || response.status == 501) {
    refusal_ = server_.without_key(error_text(response.body));
    return std::nullopt;
  }
  if (response.status != 200) server_.fail(response.status, error_text(response.body), model_);
  try {
    ChatAnswer answer = read_chat_answer(response.body, call.prefill);
    tokens_ += answer.prompt_tokens + answer.completion_tokens;
    return answer;
  } catch (const Error& error) {
    server_.fail(0, fmt::format("its answer cannot be read: {}", error.what()), model_);
  }
}

/// A turn that was begun with one token makes the prompt one token longer (two, where "1" takes
/// two); one that is closed and followed by another turn several.
void Prober::find_prefill() {
  const std::optional<ChatAnswer> plain = probe(abilities_, {});
  if (!plain || plain->prompt_tokens == 0) return;
  for (const Prefill prefill : {Prefill::kPlain, Prefill::kFlagged}) {
    ServerAbilities tried = abilities_;
    tried.prefill = prefill;
    const std::optional<ChatAnswer> begun = probe(tried, {.prefill = "1"});
    const std::int64_t longer = begun ? begun->prompt_tokens - plain->prompt_tokens : 0;
    if (longer != 1 && longer != 2) continue;
    abilities_ = tried;
    return;
  }
}

FoundAbilities Prober::find() {
  const std::pair<std::int64_t, std::int64_t> tries[] = {{2, 20}, {1, 20}, {1, 5}, {1, 0}};
  std::optional<ChatAnswer> answer;
  for (const auto& [completions, top_logprobs] : tries) {
    abilities_ = {.top_logprobs = top_logprobs};
    answer = probe(abilities_, {.completions = completions});
    if (!answer) continue;
    abilities_.many_completions = completions > 1 && answer->choices.size() == 2;
    break;
  }
  require(answer.has_value(), "The judge at {} refuses the plainest request to the model '{}': {}",
          server_.url(), model_, refusal_);
  if (!answer->choices.front().has_logprobs) abilities_.top_logprobs = 0;
  find_prefill();
  if (abilities_.top_logprobs == 0)
    log_warning(
        fmt::format("The judge at {} gives no log-probs: each vote's p is 0 or 1, by its "
                    "answer alone.",
                    server_.url()));
  if (abilities_.prefill == Prefill::kNone)
    log_warning(
        fmt::format("The judge at {} does not continue an answer that was begun: votes "
                    "that cannot be read stay unread.",
                    server_.url()));
  return {abilities_, tokens_};
}

std::string models_url(const ChatServerClient& server) {
  const std::string& chat = server.url();
  return chat.substr(0, chat.size() - std::string("chat/completions").size()) + "models";
}

}  // namespace

ListedModel find_listed_model(ChatServerClient& server, const std::string& name) {
  const HttpResponse response = server.exchange(models_url(server), {});
  if (response.status != 200) return {name};
  try {
    for (const ListedModel& model : read_models(response.body))
      if (model.id == name) return model;
  } catch (const Error&) {  // it has no list of this form
  }
  return {name};
}

ListedModel find_server_model(ChatServerClient& server) {
  const std::string url = models_url(server);
  const HttpResponse response = server.exchange(url, {});
  if (response.status == 401 || response.status == 403)
    server.fail(response.status, error_text(response.body), "");
  require(response.status == 200,
          "{} gives no list of models ({}): {} Name the model by --judge-model.", url,
          response.status, error_text(response.body));
  const std::vector<ListedModel> models = [&] {
    try {
      return read_models(response.body);
    } catch (const Error& error) {
      throw Error(
          fmt::format("What {} answers is no list of models: {} Name the model by "
                      "--judge-model.",
                      url, error.what()));
    }
  }();
  std::vector<std::string> names;
  for (const ListedModel& model : models) names.push_back(model.id);
  require(models.size() == 1, "{} lists {} models{}. Name one by --judge-model.", url,
          models.size(), models.empty() ? "" : fmt::format(": {}", fmt::join(names, ", ")));
  return models.front();
}

FoundAbilities find_abilities(ChatServerClient& server, const std::string& model) {
  return Prober(server, model).find();
}

}  // namespace juror
