// The endpoints, one function a family; each puts its paths into the router.
#pragma once

#include <string>

#include "serve/api/rank_call.h"
#include "serve/learner.h"
#include "serve/metrics.h"
#include "serve/rank_runner.h"
#include "serve/router.h"
#include "serve/vote_store.h"

namespace juror {

/// JSON that nobody may keep.
inline HttpReply json_reply(const OrderedJson& json, int status = 200) {
  return {.status = status, .body = json_text(json), .headers = {{"Cache-Control", "no-store"}}};
}

/// What endpoints work with. Outlives the router.
struct ServerParts {
  RankRunner& runner;
  const RankDefaults& defaults;
  ServerMetrics& metrics;
};

void add_info_endpoints(Router& router, ServerParts parts);     ///< /health, /v1/models, /props …
void add_rank_endpoints(Router& router, ServerParts parts);     ///< /v1/rank
void add_rerank_endpoints(Router& router, ServerParts parts);   ///< /v1/rerank, /rerank, /v2/rerank
void add_score_endpoints(Router& router, ServerParts parts);    ///< /v1/score, /score
void add_compute_endpoints(Router& router, ServerParts parts);  ///< /compute
void add_chat_endpoints(Router& router, ServerParts parts);     ///< /v1/chat/completions
void add_pickle_endpoint(Router& router, ServerParts parts);    ///< POST /
/// /v1/votes, /v1/leaderboard, /v1/export, /v1/images
void add_vote_endpoints(Router& router, ServerParts parts, VoteStore& store);
void add_learn_endpoint(Router& router, Learner& learner, const VoteStore& store);  ///< /v1/learn
void add_page_endpoints(Router& router);  ///< /, /page/…

}  // namespace juror
