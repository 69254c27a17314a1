// What libtorch must be told before a command runs.
#pragma once

#include "cli/global_options.h"

namespace juror {

/// Sets the number of threads and looks for a CUDA backend.
void start_engine(const GlobalOptions& global);

}  // namespace juror
