// The commands that need a model, one function a file.
#pragma once

#include "cli/command.h"

namespace juror {

Command train_sft_command();
Command train_grpo_command();
Command train_linear_command();
Command models_merge_command();
Command models_quantize_command();
Command models_random_command();
Command inspect_forward_command();
Command inspect_grpo_command();
Command inspect_image_command();
Command bench_command();
Command bench_train_command();
Command bench_products_command();
Command bench_ranking_command();
Command doctor_command();
Command config_show_command();
Command completion_command();

}  // namespace juror
