// POST /v1/score, /score (vLLM and UniRL) and /compute (Flow-Factory).
#include "serve/api/score_call.h"
#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

RankCall options_of(ServerParts parts, const Json& json, const std::string& model = "") {
  RankCall call = default_call(parts.defaults);
  call.model = model;
  read_policy(Fields(json), call);
  return call;
}

std::vector<std::string> reward_names(ServerParts parts) {
  std::vector<std::string> names = parts.runner.service().model_names();
  names.push_back("juror");
  return names;
}

/// The model among the rewards that are wanted: the first name that is one, else the first model.
std::string rewarding_model(const RewardCall& call, ServerParts parts) {
  const std::vector<std::string> models = parts.runner.service().model_names();
  for (const auto& names : call.rewards)
    for (const std::string& name : names)
      if (std::find(models.begin(), models.end(), name) != models.end()) return name;
  return "";
}

HttpReply score(const HttpRequest& request, ServerParts parts) {
  const Json json = read_json_body(request.body);
  const Patience patience = Patience::of(request, parts.defaults.timeout_s);
  if (json.contains("requests")) {
    const RewardCall call = read_reward_call(json);
    const GroupScores scores = parts.runner.score(
        call.items, options_of(parts, json, rewarding_model(call, parts)), patience);
    return {.body = json_text(reward_json(call, scores, reward_names(parts)))};
  }
  const ScoreCall call = read_score_call(json);
  const std::string model = parts.runner.service().model(call.model).name;
  const GroupScores scores =
      parts.runner.score(call.items, options_of(parts, json, model), patience);
  return {.body = json_text(score_json("score-" + request.id, model, scores))};
}

HttpReply compute(const HttpRequest& request, ServerParts parts) {
  const Json json = read_json_body(request.body);
  const std::vector<GroupItem> items = read_compute_call(json);
  const Patience patience = Patience::of(request, parts.defaults.timeout_s);
  return {.body = json_text(
              compute_json(parts.runner.score(items, options_of(parts, json), patience)))};
}

}  // namespace

void add_score_endpoints(Router& router, ServerParts parts) {
  for (const char* path : {"/v1/score", "/score"})
    router.add("POST", path, [parts](const HttpRequest& request) { return score(request, parts); });
}

void add_compute_endpoints(Router& router, ServerParts parts) {
  router.add("POST", "/compute",
             [parts](const HttpRequest& request) { return compute(request, parts); });
}

}  // namespace juror
