// What judging costs on this machine, said before weights are read.
#pragma once

#include <string>

#include "cli/judge/plan.h"
#include "engine/engine.h"
#include "judge/engine/plan_voter.h"
#include "model/config.h"
#include "tensor/device.h"

namespace juror {

/// A judge by its sizes.
struct JudgeSizes {
  ModelConfig model;
  Compute compute;
  EngineOptions engine;
};

/// Time by phase and memory of a plan; its prompts are as long as the longest that `voter` has
/// read.
VotingCost voting_cost(const JudgeSizes& sizes, const PlanVoter& voter, const VotingPlan& plan);

/// Throws Error (kModel) with what would fit, for weights that this machine's memory does not hold.
void require_memory_for(const JudgeSizes& sizes, const std::string& model);

}  // namespace juror
