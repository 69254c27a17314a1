// What juror rank prints: a table, rows or JSON, and what its budget bought.
#pragma once

#include "cli/judge/rank_options.h"
#include "cli/judge/ranked_pictures.h"

namespace juror {

/// Prints the ranking and warns of votes that went wrong. Returns the exit code.
int print_ranking(const RankOptions& options, const LoadedJudge& loaded,
                  const LoadedPictures& pictures, const RankedPictures& ranked, Context& context);

}  // namespace juror
