// The reference that a KL term keeps the policy near.
#pragma once

#include <vector>

#include "grpo/run.h"

namespace juror {

/// Fills in log-probs of the reference: a frozen copy, or the model without its adapters.
void add_reference(GrpoRun& run, std::vector<CollectedGroup>& collected);

/// Moves the reference towards the policy: ref ← α·policy + (1 − α)·ref.
void sync_reference(GrpoRun& run);

}  // namespace juror
