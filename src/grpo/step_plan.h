// What a step of a GRPO run does, in the numbers that its cost depends on.
#pragma once

#include <cstdint>

#include "grpo/config.h"

namespace juror {

struct StepPlan {
  std::int64_t groups = 0, prompts_a_group = 1, rows = 0;  ///< of a step; rows = completions
  std::int64_t passes = 1, completion = 0, iterations = 1;
  std::int64_t slice_groups = 0;  ///< whose completions are differentiated together
  bool shared = true, keeps_prompts = false, has_reference = false, has_listener = false;

  /// Whose prompts and images are differentiated together.
  std::int64_t read_groups() const { return keeps_prompts ? groups : groups / passes; }
  std::int64_t prompts() const { return groups * prompts_a_group; }
  double rollouts() const { return 1.0 / static_cast<double>(iterations); }  ///< a step
};

StepPlan plan_step(const GrpoConfig& config);

}  // namespace juror
