// What a run that ran out of memory may do.
#pragma once

#include <string>

#include "grpo/config.h"

namespace juror {

std::string rollout_advice(const GrpoConfig& config);
std::string loss_advice(const GrpoConfig& config);

}  // namespace juror
