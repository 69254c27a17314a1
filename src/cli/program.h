// The frame around every command: arguments, sources of options, help, errors to exit codes.
#pragma once

#include <string>
#include <vector>

namespace juror {

/// Runs the program on its arguments (without its name) and returns the exit code; the one border at which errors are caught.
int run_program(const std::vector<std::string>& arguments);

}  // namespace juror
