// Two judges on the same data: is the difference real?
#pragma once

#include <string>
#include <vector>

#include "eval/protocols.h"
#include "eval/tally.h"
#include "preference/calibration.h"
#include "records/journal.h"

namespace juror {

struct JournalComparison {
  std::vector<Difference> differences;          ///< one a metric of the protocol; first less second
  std::size_t examples = 0;                     ///< compared
  std::size_t only_first = 0, only_second = 0;  ///< examples that the other has not
  Calibration first, second;                    ///< as applied, from the headers
};

/// Paired bootstrap over prompts (of rated images: over images) on the examples that both journals
/// have, each side's p read by the calibration that its header names. tie_band: as for
/// `Protocol::score`; for each side the larger of it and its own. Throws Error when the journals
/// are of different protocols or data (an example with other images, ranks or pairs) or have no
/// example in common.
JournalComparison compare_journals(const EvalJournal& first, const EvalJournal& second,
                                   double tie_band, std::int64_t seed);

}  // namespace juror
