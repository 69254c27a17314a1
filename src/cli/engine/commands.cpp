// The commands that need libtorch: one row each.
#include "cli/engine/commands.h"

namespace juror {

std::vector<Command> engine_commands() {
  return {rank_command(),         compare_command(),        train_sft_command(),
          train_grpo_command(),   train_linear_command(),   eval_command(),
          eval_compare_command(), eval_calibrate_command(), eval_synth_command(),
          models_merge_command(), models_random_command(),  inspect_forward_command(),
          inspect_grpo_command(), inspect_image_command(),  bench_command(),
          bench_train_command(),  doctor_command(),         config_show_command(),
          completion_command()};
}

}  // namespace juror
