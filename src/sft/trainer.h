// `juror train sft`: supervised fine-tuning of a model folder, on conversations or on
// synthetic photo pairs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/log.h"
#include "sft/options.h"

namespace juror {

/// What a run ended with.
struct SftResult {
  std::int64_t steps = 0;
  bool interrupted = false;
  std::filesystem::path checkpoint;  ///< the last one of the run
};

/// One line of training, for the terminal.
using SftListener = std::function<void(const std::string& line)>;

/// Trains. Continues bit for bit from a checkpoint on the CPU with the same number of threads.
/// `progress` returning false ends the run after the step in flight, with a checkpoint. Throws
/// Error for what is wrong before the first step.
SftResult train_sft(const SftOptions& options, const Progress& progress, const SftListener& listen);

}  // namespace juror
