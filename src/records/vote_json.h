// The votes on a pair as every comparison record has them (docs/formats.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "preference/vote.h"

namespace juror {

/// A list of {"order","thinking","answer","p","status"}; with "mass" and "p_from" where a server
/// voted: how much probability it showed of the two choices, and "answer" where it showed none.
nlohmann::ordered_json votes_json(std::span<const Vote> votes);

}  // namespace juror
