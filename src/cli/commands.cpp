// The table of commands: one declaration and one row each.
#include "cli/command.h"
#include "cli/engine/commands.h"

namespace juror {

Command synth_command();

std::vector<Command> all_commands() {
  return {compare_command(), rank_command(), synth_command(), train_sft_command(), inspect_forward_command()};
}

}  // namespace juror
