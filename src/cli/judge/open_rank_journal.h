// The journal of juror rank --from: what a run must have in common with the one that it continues,
// and what is said of that one.
#pragma once

#include "cli/judge/rank_journal.h"
#include "cli/judge/rank_options.h"

namespace juror {

/// Begins a journal, or continues one (--resume). Throws Error for one of other options.
RankJournal open_rank_journal(const RankOptions& options, const LoadedJudge& loaded,
                              const Calibration& calibration, Context& context);

}  // namespace juror
