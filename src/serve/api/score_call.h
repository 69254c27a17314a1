// Scores of single images: vLLM's /score, UniRL's reward service and Flow-Factory's reward server,
// each as items whose groups are ranked together. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "serve/api/fields.h"
#include "serve/rank_runner.h"

namespace juror {

/// vLLM: `queries`/`documents`, `text_1`/`text_2` or `data_1`/`data_2`; one query for all documents
/// or one for each. Documents of one query are a group.
struct ScoreCall {
  std::string model;
  std::vector<GroupItem> items;
};
ScoreCall read_score_call(const Json& json);
/// Throws HttpError naming the first document without a score: the reply has no place for less.
OrderedJson score_json(const std::string& id, const std::string& model, const GroupScores& scores);

/// UniRL: each request has a `history`, whose last entry holds text and image_b64, the rewards
/// wanted, and an identity that is given back. Requests of one prompt and group_id are a group.
struct RewardCall {
  std::vector<GroupItem> items;
  std::vector<std::vector<std::string>> rewards;  ///< names wanted, by request
  std::vector<OrderedJson> identities;
};
RewardCall read_reward_call(const Json& json);
/// known: names of the rewards that there are; what is asked beyond them is an error of that item.
OrderedJson reward_json(const RewardCall& call, const GroupScores& scores,
                        const std::vector<std::string>& known);

/// Flow-Factory: lists `prompt` and `image` (or `prompts`, `images`) of one length. Images of one
/// prompt are a group.
std::vector<GroupItem> read_compute_call(const Json& json);
/// Throws HttpError naming the first image without a score.
OrderedJson compute_json(const GroupScores& scores);

/// The scores, all of them. Throws HttpError naming the first that is missing as `what`[i].
std::vector<double> all_scores(const GroupScores& scores, const std::string& what);

}  // namespace juror
