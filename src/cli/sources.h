// Where options come from besides flags: JUROR_* variables, --config FILE, ./juror.toml.
//
// A file may set an option at its top level, for every command that has it, or in a table named
// after a command
// ([rank], [train.sft]), which counts more.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.h"

namespace juror {

/// Whose options are set, and who else there is (a file may speak of them too).
struct OptionScope {
  std::vector<Option>& global;
  std::vector<Option>& own;
  std::string command;  ///< "train sft"
  const std::vector<Command>& all;
};

/// Sets options from JUROR_SEED, JUROR_MAX_VOTES and the like. Throws Error naming the variable.
void apply_environment(const OptionScope& scope);

/// Variables that begin with JUROR_ and mean nothing: one sentence each, with the nearest name.
std::vector<std::string> doubtful_variables(const OptionScope& scope);

/// Sets options from a TOML file. Throws Error with file, line and column for wrong values. Returns
/// the sentence about the first key that no command known here has, or "".
std::string apply_file(const OptionScope& scope, const std::filesystem::path& path, Source source);

/// All of the above in their order, after the flags were read: variables, --config FILE,
/// ./juror.toml. Throws and returns as `apply_file`.
std::string apply_sources(const OptionScope& scope);

}  // namespace juror
