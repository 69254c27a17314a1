// The commands that need libtorch: one row each.
#include "cli/engine/commands.h"

namespace juror {

std::vector<Command> engine_commands() {
  return {rank_command(), compare_command(), train_sft_command(), eval_synth_command(), inspect_forward_command()};
}

}  // namespace juror
