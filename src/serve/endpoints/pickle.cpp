// POST / with --pickle-compat: reward clients of flow_grpo and verl-omni, from this machine alone.
#include "serve/api/pickle.h"
#include "serve/api/score_call.h"
#include "serve/endpoints/endpoints.h"
#include "serve/gate.h"

namespace juror {
namespace {

HttpReply rewards(const HttpRequest& request, ServerParts parts) {
  if (!is_loopback_host(request.remote_address))
    throw HttpError(403, "not_loopback", "Pickles are taken from this machine alone.");
  PickleCall call = read_pickle_call(request.body);
  std::vector<GroupItem> items;
  for (std::size_t i = 0; i < call.images.size(); ++i) {
    items.push_back({.group = call.prompts[i],
                     .prompt = call.prompts[i],
                     .picture = {.id = {},
                                 .name = "images[" + std::to_string(i) + "]",
                                 .text = std::move(call.images[i]),
                                 .is_bytes = true}});
  }
  const GroupScores scores = parts.runner.score(items, default_call(parts.defaults),
                                                Patience::of(request, parts.defaults.timeout_s));
  return {.content_type = "application/octet-stream",
          .body = pickle_reply(all_scores(scores, "images"))};
}

}  // namespace

void add_pickle_endpoint(Router& router, ServerParts parts) {
  router.add("POST", "/", [parts](const HttpRequest& request) { return rewards(request, parts); });
}

}  // namespace juror
