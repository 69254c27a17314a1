// `juror train grpo`: group relative policy optimization of a judge. A step: pairs of images ->
// groups of thoughts and verdicts -> rewards -> advantages -> loss -> gradients -> AdamW -> a line
// of metrics.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/log.h"
#include "grpo/config.h"

namespace juror {

/// What a run ended with.
struct GrpoResult {
  std::int64_t steps = 0;
  bool interrupted = false;
  std::filesystem::path checkpoint;  ///< the last one of the run
};

/// One row of training, a sampled completion or an alarm, for the terminal.
using GrpoListener = std::function<void(const std::string& line)>;

/// Trains. Continues bit for bit from a checkpoint on the CPU with the same number of threads.
/// `progress` returning false ends the run after the step in flight, with a checkpoint. A step
/// whose loss or gradient is not finite changes nothing and leaves its completions in
/// nonfinite-STEP.json. Throws Error for what is wrong before the first step, and if the shared
/// pass and the naive one disagree on the first group.
GrpoResult train_grpo(const GrpoConfig& config, const Progress& progress,
                      const GrpoListener& listen);

}  // namespace juror
