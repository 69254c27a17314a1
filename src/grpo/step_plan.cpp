#include "grpo/step_plan.h"

#include <algorithm>

#include "grpo/step.h"

namespace juror {
namespace {

std::int64_t slice_groups(const GrpoConfig& c) {
  if (c.loss.compares_all_tokens()) return c.groups_per_pass();
  const std::int64_t tokens = c.num_generations * c.max_completion_length;
  return std::clamp<std::int64_t>(MicroBatchOptions{}.slice_tokens / tokens, 1,
                                  c.groups_per_pass());
}

}  // namespace

StepPlan plan_step(const GrpoConfig& c) {
  const auto& rewards = c.scoring.reward_funcs;
  return {.groups = c.groups_per_step(),
          .prompts_a_group = c.both_orders ? 2 : 1,
          .rows = c.groups_per_step() * c.num_generations,
          .passes = c.gradient_accumulation_steps,
          .completion = c.max_completion_length,
          .iterations = c.num_iterations,
          .slice_groups = slice_groups(c),
          .shared = c.shared_prefix,
          .keeps_prompts = c.reuses_prompts(),
          .has_reference = c.loss.beta > 0,
          .has_listener = std::find(rewards.begin(), rewards.end(), "listener") != rewards.end()};
}

}  // namespace juror
