#include "serve/api/score_call.h"

#include <fmt/format.h>

#include <algorithm>

namespace juror {
namespace {

/// What stands under the first of these keys that is there, as a list; one value is a list of one.
std::vector<Json> values_of(const Fields& fields, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!fields.has(key)) continue;
    const Json& value = fields.value(key);
    if (value.is_array()) return value.get<std::vector<Json>>();
    return {value};
  }
  return {};
}

std::string text_of(const Json& json, const std::string& where) {
  if (!json.is_string()) refuse_value(where + " is no text.");
  return json.get<std::string>();
}

}  // namespace

ScoreCall read_score_call(const Json& json) {
  const Fields fields(json);
  ScoreCall call{.model = fields.text("model").value_or("")};
  const auto queries = values_of(fields, {"queries", "text_1", "data_1"});
  auto documents = values_of(fields, {"documents", "items", "text_2", "data_2"});
  if (documents.size() == 1 && documents[0].is_object() && documents[0].contains("content")) {
    // vLLM: {"content": [part, …]} is a list of documents, one a part.
    const Json content = documents[0]["content"];
    if (content.is_array() && content.size() > 1) documents = content.get<std::vector<Json>>();
  }
  if (queries.empty() || documents.empty())
    refuse_value("queries and documents (or text_1 and text_2) are expected.");
  if (queries.size() != 1 && queries.size() != documents.size())
    refuse_value(
        fmt::format("{} queries and {} documents came, and one query or as many as documents is "
                    "expected.",
                    queries.size(), documents.size()));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string query = query_text(queries.size() == 1 ? queries[0] : queries[i], "queries");
    call.items.push_back(
        {.group = query,
         .prompt = query,
         .picture = picture_source(documents[i], fmt::format("documents[{}]", i))});
  }
  return call;
}

std::vector<double> all_scores(const GroupScores& scores, const std::string& what) {
  std::vector<double> all;
  for (std::size_t i = 0; i < scores.items.size(); ++i) {
    const ScoredItem& item = scores.items[i];
    if (item.failure)
      throw HttpError(item.failure->status(), item.failure->code(),
                      fmt::format("{}[{}]: {}", what, i, item.failure->what()));
    all.push_back(item.score.value());
  }
  return all;
}

OrderedJson score_json(const std::string& id, const std::string& model, const GroupScores& scores) {
  OrderedJson data = OrderedJson::array();
  for (const double score : all_scores(scores, "documents"))
    data.push_back({{"index", data.size()}, {"object", "score"}, {"score", score}});
  const std::int64_t total = scores.prompt_tokens + scores.completion_tokens;
  return {{"id", id},
          {"object", "list"},
          {"created", 0},
          {"model", model},
          {"data", data},
          {"usage",
           {{"prompt_tokens", scores.prompt_tokens},
            {"completion_tokens", scores.completion_tokens},
            {"total_tokens", total}}}};
}

RewardCall read_reward_call(const Json& json) {
  const Fields fields(json);
  const Json* requests = fields.list("requests");
  if (requests == nullptr || requests->empty()) refuse_value("requests is missing or empty.");
  RewardCall call;
  for (std::size_t i = 0; i < requests->size(); ++i) {
    const std::string where = fmt::format("requests[{}].", i);
    const Fields request((*requests)[i], where);
    const Json* history = request.list("history");
    if (history == nullptr || history->empty())
      refuse_value(where + "history is missing or empty.");
    const Fields entry(history->back(), where + "history[-1].");
    if (!entry.has("image_b64"))
      throw HttpError(422, "no_image",
                      where + "history ends without image_b64; videos are not judged.");
    const std::string prompt = entry.text("text").value_or("");
    call.items.push_back(
        {.group = request.value("group_id").dump() + prompt,
         .prompt = prompt,
         .picture = {
             .id = {}, .name = where + "history[-1].image_b64", .text = *entry.text("image_b64")}});
    std::vector<std::string> names;
    if (const Json* wanted = request.list("required_rewards"))
      for (const Json& name : *wanted) names.push_back(text_of(name, where + "required_rewards"));
    call.rewards.push_back(names);
    OrderedJson identity = OrderedJson::object();
    for (const char* key : {"request_id", "sample_id", "group_id", "source_rank", "policy_version",
                            "scorer_version", "idempotency_key"})
      identity[key] = request.value(key);
    call.identities.push_back(std::move(identity));
  }
  return call;
}

OrderedJson reward_json(const RewardCall& call, const GroupScores& scores,
                        const std::vector<std::string>& known) {
  OrderedJson results = OrderedJson::array(), errors = results, identities = results;
  for (std::size_t i = 0; i < call.items.size(); ++i) {
    OrderedJson result = OrderedJson::object(), error = result;
    std::vector<std::string> names = call.rewards[i];
    if (names.empty()) names = {"juror"};
    for (const std::string& name : names) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        error[name] = fmt::format("There is no reward '{}' here; there is: {}.", name,
                                  fmt::join(known, ", "));
      } else if (scores.items[i].failure) {
        error[name] = scores.items[i].failure->what();
      } else {
        result[name] = {{"score", scores.items[i].score.value()}};
      }
    }
    results.push_back(std::move(result));
    errors.push_back(std::move(error));
    identities.push_back(call.identities[i]);
  }
  return {{"protocol_version", "1"},
          {"results", results},
          {"errors", errors},
          {"identities", identities}};
}

std::vector<GroupItem> read_compute_call(const Json& json) {
  const Fields fields(json);
  for (const char* key : {"video", "videos"})
    if (fields.has(key)) throw HttpError(422, "no_image", "Videos are not judged.");
  const auto prompts = values_of(fields, {"prompt", "prompts"});
  const auto images = values_of(fields, {"image", "images"});
  if (images.empty()) refuse_value("image is missing or empty: a list of images in base64.");
  if (prompts.size() != images.size())
    refuse_value(fmt::format("{} prompts and {} images came, and as many of both are expected.",
                             prompts.size(), images.size()));
  std::vector<GroupItem> items;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string prompt = text_of(prompts[i], fmt::format("prompt[{}]", i));
    items.push_back({.group = prompt,
                     .prompt = prompt,
                     .picture = picture_source(images[i], fmt::format("image[{}]", i))});
  }
  return items;
}

OrderedJson compute_json(const GroupScores& scores) {
  return {{"rewards", all_scores(scores, "image")}};
}

}  // namespace juror
