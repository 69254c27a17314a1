// POST /v1/votes, GET /v1/leaderboard and /v1/export as JSON, JSON lines and CSV. Pure functions.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "serve/api/fields.h"
#include "serve/api/picture_source.h"
#include "serve/leaderboard.h"
#include "serve/vote_store.h"

namespace juror {

struct VoteCall {
  HumanVote vote;  ///< without the images' hashes where pictures came
  std::array<PictureSource, 2> pictures;
  std::array<bool, 2> is_hash = {};  ///< the picture is known: its text is a hash
};

/// Throws HttpError (400) naming the key that is wrong.
VoteCall read_vote_call(const Json& json, const std::string& new_id);

OrderedJson vote_json(const HumanVote& vote);
OrderedJson leaderboard_json(const Leaderboard& board, const JudgeAgreement& agreement);

/// Votes as preference examples (docs/formats.md): one line for each prompt and pair, one ranking
/// for each vote; two bad ones are equal. `file`: the picture of a hash.
std::string votes_jsonl(const std::vector<HumanVote>& votes,
                        const std::function<std::string(const std::string&)>& file);
/// One line a vote.
std::string votes_csv(const std::vector<HumanVote>& votes);

}  // namespace juror
