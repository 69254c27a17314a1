// A ranking as JSON, without who judged.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/judge/pictures.h"
#include "cli/judge/ranked_pictures.h"

namespace juror {

/// One object a picture, the best first.
nlohmann::ordered_json result_rows(const LoadedPictures& pictures, const RankedPictures& ranked);

/// Results, comparisons (or lists) and what they cost.
nlohmann::ordered_json ranking_json(const LoadedPictures& pictures, const RankedPictures& ranked);

}  // namespace juror
