// POST /v1/rerank, /rerank, /v2/rerank.
#include "serve/api/rerank_call.h"
#include "serve/endpoints/endpoints.h"

namespace juror {
namespace {

HttpReply rerank(const HttpRequest& request, ServerParts parts) {
  const Json json = read_json_body(request.body);
  RerankCall call = read_rerank_call(json);
  RankCall options = default_call(parts.defaults);
  options.prompt = call.query;
  read_policy(Fields(json), options);
  const ModelSource model = parts.runner.service().model(call.model);
  if (call.documents.size() > static_cast<std::size_t>(parts.defaults.max_images))
    throw HttpError(413, "too_many_images", "There are more documents than --max-images allows.");
  GatheredPictures gathered = parts.runner.gather(call.documents, model);
  std::vector<std::optional<double>> scores(call.documents.size());
  std::int64_t tokens = 0;
  const bool is_alone = gathered.pictures.size() == 1;
  if (is_alone) {
    scores[gathered.indices[0]] = 0.5;
  } else {
    const RankTicket ticket = parts.runner.submit(options, model.name, gathered);
    const auto outcome = RankRunner::wait(ticket, Patience::of(request, parts.defaults.timeout_s));
    scores = scores_by_index(call.documents.size(), gathered.indices, *outcome);
    tokens = outcome->prompt_tokens + outcome->completion_tokens;
    for (const auto& [picture, message] : outcome->refused)
      gathered.failures.emplace(gathered.indices[picture], HttpError(422, "bad_image", message));
  }
  return {.body = json_text(rerank_json({.call = call,
                                         .id = "rerank-" + request.id,
                                         .model = model.name,
                                         .scores = scores,
                                         .failures = gathered.failures,
                                         .tokens = tokens,
                                         .is_alone = is_alone}))};
}

}  // namespace

void add_rerank_endpoints(Router& router, ServerParts parts) {
  for (const char* path : {"/v1/rerank", "/rerank", "/v2/rerank"})
    router.add("POST", path,
               [parts](const HttpRequest& request) { return rerank(request, parts); });
}

}  // namespace juror
