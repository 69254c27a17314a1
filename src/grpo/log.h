// What a GRPO run tells: metrics.jsonl, TensorBoard events, completions.jsonl, rows for the
// terminal, alarms. It watches and changes nothing.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "grpo/rollout.h"
#include "grpo/run.h"
#include "grpo/trainer.h"
#include "records/json_lines.h"
#include "train/tensorboard.h"

namespace juror {

/// What a step cost.
struct StepWork {
  double rollout_s = 0, reward_s = 0, loss_s = 0, optimizer_s = 0, step_s = 0;
  /// Rows through the decoder in prefill and loss passes; decoding apart.
  std::int64_t tokens_computed = 0;
  std::int64_t images_encoded = 0;  ///< images through the vision tower
  bool samples = true;              ///< whether the step began with a rollout
  bool reads_again = false;         ///< whether the loss passes read the prompts themselves
};

/// Tokens of the cycle's prompts, once a completion, and completions, as TRL counts them.
std::int64_t cycle_tokens(const GrpoRun& run);
/// Completions, rewards and verdicts of the cycle's groups.
void add_rollout_metrics(const GrpoRun& run, nlohmann::ordered_json& metrics);
/// dynamic_sampling/{rounds,groups_sampled,dropped_zero_std,dropped_mean,kept_anyway}.
void add_dynamic_sampling_metrics(const DynamicSampling& dynamic, nlohmann::ordered_json& metrics);
/// timing_s/…, perf/… (mfu by the wall clock), step_time, num_tokens, epoch.
void add_work_metrics(const GrpoRun& run, const StepWork& work, nlohmann::ordered_json& metrics);

class GrpoLog {
 public:
  /// `folder` is the run's. Both must outlive the log.
  GrpoLog(const GrpoRun& run, RunFolder& folder, GrpoListener listen);
  /// One step's metrics and what is alarming about them: to the file always, to the terminal every
  /// logging_steps, with sampled completions.
  void write(const nlohmann::ordered_json& metrics, const std::vector<std::string>& alarms);

 private:
  void write_completions(std::int64_t step);

  const GrpoRun& run_;
  RunFolder& folder_;
  GrpoListener listen_;
  JsonLinesWriter completions_;
  EventFile events_;
};

}  // namespace juror
