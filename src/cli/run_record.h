// What a result says of the run that made it: enough to make it again from the result alone.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/command.h"

namespace juror {

/// {"juror": version, "command", "arguments": {NAME: value}, "seed", "threads", "options": {name:
/// value}}: every argument and option of the command as it was resolved. Commands add hashes of
/// what they read, and the version of libtorch where it computed.
nlohmann::ordered_json run_record(const Context& context);

/// The same as TOML for --config: seed and options, behind a comment with the rest.
std::string run_toml(const Context& context);

}  // namespace juror
