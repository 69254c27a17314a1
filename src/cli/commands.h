// The commands that need no libtorch, or not always, one function a file.
#pragma once

#include "cli/command.h"
#include "cli/judge/judge_loader.h"

namespace juror {

Command rank_command(JudgeLoader engine = nullptr);
Command compare_command(JudgeLoader engine = nullptr);
Command eval_command(JudgeLoader engine = nullptr);
Command eval_synth_command(JudgeLoader engine = nullptr);
Command eval_compare_command();
Command eval_calibrate_command();
Command data_inspect_command();
Command synth_command();
Command models_command();
Command report_command();
Command export_command();
Command cull_command(JudgeLoader engine = nullptr);
Command relabel_command(JudgeLoader engine = nullptr);
Command inspect_tokens_command();

}  // namespace juror
