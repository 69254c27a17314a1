// The label of a pair in tables that people make themselves.
#pragma once

#include "data/table.h"

namespace juror {

/// Ranks from `label` (1 or 2: the better image; 0 or tie), or from `label_0` and `label_1` (the
/// higher is better); none where all are missing. Numbers may be written as text, as in CSV. Throws
/// Error naming place and key.
Ranks label_of(const Record& record);

}  // namespace juror
