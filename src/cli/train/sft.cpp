// juror train sft: supervised fine-tuning from a TOML file and flags.
#include <fmt/format.h>

#include "cli/engine/commands.h"
#include "sft/trainer.h"
#include "tensor/allocator.h"

namespace juror {
namespace {

int run_train_sft(SftOptions& options, Context& context) {
  options.seed = context.global.seed;
  keep_freed_memory();
  const SftResult result = train_sft(options, context.progress(), [&](const std::string& line) {
    context.terminal.say(LogLevel::kInfo, line);
  });
  context.terminal.end_progress();
  if (result.interrupted)
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("Stopped after step {} of {}. The same command with "
                                     "--resume-from-checkpoint latest goes on from there.",
                                     result.steps, options.max_steps));
  context.out.print(result.checkpoint.string() + "\n");
  return kExitOk;
}

}  // namespace

Command train_sft_command() {
  return make_command<SftOptions>(
      {.name = "train sft",
       .summary = "Fine-tune a model on conversations or on synthetic photo pairs",
       .examples = {{"juror train sft --config configs/mini_tower.toml",
                     "a phase of the embedded model"},
                    {"juror train sft --dataset conversations.jsonl --model-name-or-path DIR",
                     "your own conversations"}}},
      run_train_sft);
}

}  // namespace juror
