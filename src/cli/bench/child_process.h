// Running another program and hearing what it prints.
#pragma once

#include <string>
#include <vector>

namespace juror {

struct ChildResult {
  int exit_code = 0;   ///< 128 + the signal's number if a signal ended it
  std::string output;  ///< stdout; stderr goes where ours goes
  double seconds = 0;  ///< wall clock, from the start to the end of the process
};

/// Runs `words` (the first is found on PATH unless it holds a slash) to its end. Throws Error if it
/// cannot be started.
ChildResult run_child(const std::vector<std::string>& words);

}  // namespace juror
