// What libtorch must be told before a command runs, and what it says when one fails.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "cli/global_options.h"

namespace juror {

/// What went wrong inside libtorch, as a sentence: memory that ran out, or a fault of ours without
/// the stack of libtorch's own functions. Nothing for other faults.
std::optional<std::string> explain_fault(const std::exception& fault);

/// Sets the number of threads and looks for a CUDA backend.
void start_engine(const GlobalOptions& global);

}  // namespace juror
