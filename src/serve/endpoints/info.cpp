// What the server says of itself: /health, /v1/models, /props, /version, /metrics, /openapi.json.
#include <fmt/format.h>

#include "base/option_json.h"
#include "base/option_text.h"
#include "base/version.h"
#include "serve/api/openapi.h"
#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

/// 503 until the first model is loaded, and while the server is stopping. `rewards`: what UniRL
/// looks for, the rewards that may be asked and their metrics.
HttpReply health(const JudgeService& service) {
  const char* status = service.is_draining() ? "stopping" : service.is_ready() ? "ok" : "loading";
  OrderedJson rewards = OrderedJson::object();
  for (const std::string& name : service.model_names()) rewards[name] = {"score"};
  rewards["juror"] = {"score"};
  HttpReply response = json_reply({{"status", status}, {"rewards", rewards}});
  if (!service.is_ready() || service.is_draining()) {
    response.status = 503;
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

OrderedJson models_json(const JudgeService& service) {
  OrderedJson data = OrderedJson::array();
  const std::vector<std::string> loaded = service.loaded_models();
  for (const std::string& name : service.model_names()) {
    const bool is_loaded = std::find(loaded.begin(), loaded.end(), name) != loaded.end();
    data.push_back({{"id", name},
                    {"object", "model"},
                    {"created", 0},
                    {"owned_by", "juror"},
                    {"loaded", is_loaded},
                    {"prompt_template", options_toml(service.model(name).prompt_template)}});
  }
  return {{"object", "list"}, {"data", data}};
}

OrderedJson props_json(ServerParts parts) {
  RankDefaults defaults = parts.defaults;
  OrderedJson json = {{"version", juror_version()},
                      {"models", parts.runner.service().model_names()},
                      {"loaded", parts.runner.service().loaded_models()},
                      {"waiting", parts.runner.service().waiting()},
                      {"working", parts.runner.service().working()}};
  json["judging"] = options_json(list_options(defaults.judge));
  json["judging"].update(options_json(list_options(defaults.session)));
  json["judging"]["seed"] = defaults.judge.seed;
  json["limits"] = {{"images", defaults.max_images},
                    {"image_pixels", parts.runner.reader().options().max_image_pixels},
                    {"timeout_s", defaults.timeout_s}};
  return json;
}

}  // namespace

void add_info_endpoints(Router& router, ServerParts parts) {
  router.add("GET", "/health",
             [parts](const HttpRequest&) { return health(parts.runner.service()); });
  const auto models = [parts](const HttpRequest&) {
    return json_reply(models_json(parts.runner.service()));
  };
  router.add("GET", "/v1/models", models);
  router.add("GET", "/props",
             [parts](const HttpRequest&) { return json_reply(props_json(parts)); });
  router.add("GET", "/version", [](const HttpRequest&) {
    return json_reply({{"version", juror_version()}});
  });
  router.add("GET", "/metrics", [parts](const HttpRequest&) {
    return HttpReply{.content_type = "text/plain; version=0.0.4", .body = parts.metrics.text()};
  });
  router.add("GET", "/openapi.json",
             [&router](const HttpRequest&) { return json_reply(openapi_json(router.paths())); });
}

}  // namespace juror
