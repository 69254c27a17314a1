// Which metrics of a training run stand in which chart. What no chart claims is shown under "Other".
#pragma once

#include <string>
#include <vector>

#include "report/metrics.h"
#include "report/page.h"

namespace juror {

/// One section of charts after another: learning, thoughts, optimisation, cost, other. Charts without a finite value and
/// sections without charts are left out.
std::vector<Section> training_charts(const Metrics& metrics);

}  // namespace juror
