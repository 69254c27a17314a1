// The votes on a pair as every comparison record has them (docs/formats.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "preference/vote.h"

namespace juror {

/// A list of {"order","thinking","answer","p","status"}; with "mass" and "p_from" where a server
/// voted: how much probability it showed of the two choices, and "answer" where it showed none;
/// "listener_p" where the thought was read again (by itself, for the first shown); "criteria" (a p
/// or null each) where the template asks for some; of a list "ranking" (images as shown from 0,
/// best first) and "first" (the probability of each to be the best).
nlohmann::ordered_json votes_json(std::span<const Vote> votes);

/// Reads such a list. Throws Error naming `where` and the key that is missing or wrong.
std::vector<Vote> read_votes(const nlohmann::ordered_json& list, const std::string& where);

}  // namespace juror
