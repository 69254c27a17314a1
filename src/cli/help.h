// What --help prints: examples first, then arguments and options.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace juror {

/// How help is laid out.
struct HelpStyle {
  std::size_t width = 100;
  bool color = false;
};

std::string program_help(const std::vector<Command>& commands,
                         const std::vector<Option>& global_options, const HelpStyle& style);
std::string command_help(const Command& command, const std::vector<Option>& global_options,
                         const HelpStyle& style);

/// "juror 0.1.0"
std::string version_text();

}  // namespace juror
