#include "grpo/reference.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <optional>

#include "grpo/policy_pass.h"
#include "grpo/rollout.h"
#include "model/weights.h"

namespace juror {

void add_reference(GrpoRun& run, std::vector<CollectedGroup>& collected) {
  std::optional<AdaptersOff> off;
  if (!run.reference) off.emplace(*run.model);
  const Model& reference = run.reference ? *run.reference : *run.model;
  const Tensor logps =
      policy_logps(reference, groups_of(collected), pass_options(run), &run.reference_features);
  const float* next = logps.const_data_ptr<float>();
  for (CollectedGroup& one : collected) {
    for (Sample& sample : one.group.samples) {
      sample.ref_logps.assign(next, next + sample.token_ids.size());
      next += sample.token_ids.size();
    }
  }
}

void sync_reference(GrpoRun& run) {
  const c10::NoGradGuard no_grad;
  NamedTensors policy = named_parameters(*run.model), reference = named_parameters(*run.reference);
  for (std::size_t i = 0; i < policy.size(); ++i)
    reference[i].second.lerp_(policy[i].second, run.config.ref_model_mixup_alpha);
  run.reference_features.clear();
}

}  // namespace juror
