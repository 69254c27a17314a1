// The frame around every command: arguments, sources of options, help, errors to exit codes.
//
// Two programs are built from it. `juror` links no libtorch, so help, small commands and mistakes
// take milliseconds (loading libtorch alone costs about 250); what it knows by name only, or cannot
// do with the options given (judging without a server), it hands to `juror-engine`, the full
// program beside it, by exec: same process, same arguments.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace juror {

/// What differs between the two programs.
struct Program {
  std::vector<Command> commands;
  /// Called once before a command runs, e.g. to set the threads of libtorch.
  std::function<void(const GlobalOptions&)> start = {};
  /// A sentence for a fault of libtorch (memory that ran out above all), nothing for others.
  std::function<std::optional<std::string>(const std::exception&)> explain = {};
};

/// Runs the program and returns its exit code; the one border at which errors are caught.
int run_program(const Program& program, const std::vector<std::string>& arguments);

}  // namespace juror
