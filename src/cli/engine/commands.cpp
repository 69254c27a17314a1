// The commands that need libtorch: one row each.
#include "cli/engine/commands.h"

#include "cli/commands.h"
#include "cli/engine/judge.h"
#include "cli/serve/serve.h"
#include "judge/engine/load_voter.h"

namespace juror {

std::vector<Command> engine_commands() {
  return {rank_command(load_engine_judge),
          compare_command(load_engine_judge),
          serve_command({load_served_model, template_of_model}),
          eval_command(load_engine_judge),
          eval_synth_command(load_engine_judge),
          relabel_command(load_engine_judge),
          cull_command(load_engine_judge),
          train_sft_command(),
          train_grpo_command(),
          train_linear_command(),
          models_merge_command(),
          models_quantize_command(),
          models_random_command(),
          inspect_forward_command(),
          inspect_grpo_command(),
          inspect_image_command(),
          bench_command(),
          bench_train_command(),
          bench_products_command(),
          bench_ranking_command(),
          doctor_command(),
          config_show_command(),
          completion_command()};
}

}  // namespace juror
