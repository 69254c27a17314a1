// A look at the run's own arithmetic before its first update.
#pragma once

#include "grpo/run.h"

namespace juror {

/// What was sampled, the shared pass and the naive one must agree on the first group: a wrong
/// position or mask shows here. Returns the largest difference of a log-prob between the two
/// passes. Throws Error where they differ by more than rounding.
double check_passes(GrpoRun& run, const Group& group);

}  // namespace juror
