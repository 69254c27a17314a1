// The commands that need no libtorch, one function a file.
#pragma once

#include "cli/command.h"

namespace juror {

Command data_inspect_command();
Command synth_command();
Command models_command();
Command inspect_tokens_command();

}  // namespace juror
