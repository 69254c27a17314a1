// What --dry-run says of a list of pairs.
#pragma once

#include <string>
#include <vector>

#include "cli/judge/judging.h"
#include "cli/judge/pictures.h"

namespace juror {

/// `print_plan` of these pairs.
int print_estimate(const LoadedJudge& loaded, const JudgingOptions& options,
                   const std::string& prompt, const LoadedPictures& pictures,
                   const std::vector<PairIndex>& pairs, Context& context);

}  // namespace juror
