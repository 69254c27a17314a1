// Which metrics of a training run stand in which chart. What no chart claims is shown under
// "Other".
#pragma once

#include <string>
#include <vector>

#include "report/metrics.h"
#include "report/page.h"

namespace juror {

/// One section of charts after another; the last is "Other", which may be empty. Charts without a
/// finite value and other sections without charts are left out.
std::vector<Section> training_charts(const Metrics& metrics);

}  // namespace juror
