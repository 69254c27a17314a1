#include "serve/api/openapi.h"

#include <algorithm>

#include "base/version.h"

namespace juror {
namespace {

struct Described {
  const char* summary;
  const char* required;  ///< keys of the body, separated by commas; "" for none
};

const std::map<std::string, Described>& descriptions() {
  static const std::map<std::string, Described> kTable = {
      {"/v1/rank", {"Rank images for a prompt, best first, with intervals and reasons", "images"}},
      {"/v1/rerank", {"Rerank documents that are images (Jina, Cohere, vLLM)", "query,documents"}},
      {"/rerank", {"As /v1/rerank", "query,documents"}},
      {"/v2/rerank", {"As /v1/rerank", "query,documents"}},
      {"/v1/score", {"Scores of images for prompts (vLLM), or rewards (UniRL)", ""}},
      {"/score", {"As /v1/score", ""}},
      {"/compute", {"Rewards of images, those of one prompt ranked together (Flow-Factory)", ""}},
      {"/v1/chat/completions", {"Chat with the model (OpenAI)", "messages"}},
      {"/v1/models", {"Models that may be asked", ""}},
      {"/health", {"200 once the model is loaded, 503 before and while stopping", ""}},
      {"/metrics", {"Prometheus metrics", ""}},
      {"/props", {"How this server judges, and its limits", ""}},
      {"/version", {"The version", ""}},
      {"/openapi.json", {"This description", ""}},
      {"/v1/votes", {"People's votes: give one, list them, take one back", ""}},
      {"/v1/leaderboard", {"Ratings by people's votes, with intervals and a win table", ""}},
      {"/v1/learn", {"Teach a model by people's votes; how it goes; stop it", ""}},
      {"/v1/export", {"People's votes as a file", ""}},
      {"/", {"The page; with --pickle-compat rewards for flow_grpo by POST", ""}},
  };
  return kTable;
}

OrderedJson body_schema(const std::string& required) {
  OrderedJson schema = {{"type", "object"}};
  OrderedJson keys = OrderedJson::array();
  for (std::size_t at = 0; at < required.size();) {
    const auto end = std::min(required.find(',', at), required.size());
    keys.push_back(required.substr(at, end - at));
    at = end + 1;
  }
  if (!keys.empty()) schema["required"] = keys;
  return {{"content", {{"application/json", {{"schema", schema}}}}}};
}

OrderedJson operation(const std::string& path, const std::string& method) {
  OrderedJson json = OrderedJson::object();
  const auto known = descriptions().find(path);
  if (known != descriptions().end()) json["summary"] = known->second.summary;
  if (method == "POST" && known != descriptions().end())
    json["requestBody"] = body_schema(known->second.required);
  json["responses"] = {
      {"200", {{"description", "OK"}}},
      {"default", {{"description", "Error: {\"error\":{\"code\",\"message\",\"type\"}}"}}}};
  return json;
}

}  // namespace

OrderedJson openapi_json(const std::map<std::string, std::set<std::string>>& paths) {
  OrderedJson json = {{"openapi", "3.1.0"},
                      {"info", {{"title", "Juror"}, {"version", juror_version()}}},
                      {"paths", OrderedJson::object()}};
  for (const auto& [path, methods] : paths) {
    if (path.starts_with("/page/")) continue;
    for (std::string method : methods) {
      const OrderedJson described = operation(path, method);
      std::transform(method.begin(), method.end(), method.begin(),
                     [](char c) { return static_cast<char>(std::tolower(c)); });
      json["paths"][path][method] = described;
    }
  }
  return json;
}

}  // namespace juror
