// The table of commands, in the order of help.
#include "cli/commands.h"

#include <algorithm>

#include "cli/serve/serve.h"

namespace juror {
namespace {

/// A row that the engine program fills: enough for help, completion of verbs and suggestions.
Command in_engine(const char* name, const char* summary) {
  return {.text = {.name = name, .summary = summary}};
}

}  // namespace

std::vector<Command> all_commands(std::vector<Command> engine) {
  std::vector<Command> table = {
      rank_command(),
      compare_command(),
      serve_command(),
      in_engine("train sft", "Fine-tune a model on conversations or on synthetic photo pairs"),
      in_engine("train grpo", "Teach a judge by reinforcement: GRPO with soft rewards"),
      in_engine("train linear", "Train a linear scorer on image statistics, in seconds"),
      eval_command(),
      eval_compare_command(),
      eval_calibrate_command(),
      eval_synth_command(),
      report_command(),
      export_command(),
      relabel_command(),
      cull_command(),
      data_inspect_command(),
      synth_command(),
      models_command(),
      in_engine("models quantize", "Keep a model's weights in 4 or 8 bits"),
      in_engine("models merge",
                "Merge a LoRA adapter into its base model: an ordinary model folder"),
      in_engine("models random", "Write a model of random weights in the shape of a config.json"),
      in_engine("inspect forward",
                "Write every tensor of one forward pass, with loss and gradients"),
      in_engine("inspect grpo",
                "Write loss, metrics and gradients of a GRPO step on given completions"),
      inspect_tokens_command(),
      in_engine("inspect image",
                "Show what the model would see of pictures: views, sizes, patches, tokens"),
      in_engine("bench", "Measure the engine's speed and memory here, and transformers' beside it"),
      in_engine("bench train", "Measure a GRPO step by parts, and TRL's beside it"),
      in_engine("bench products",
                "Measure few rows times a large weight in every precision, against memory"),
      in_engine("doctor", "Check what this machine has against what the model needs"),
      in_engine("config show",
                "Print every option as it would count here, and where it comes from"),
      in_engine("completion", "Print the completion script of a shell"),
  };
  for (Command& command : engine) {
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](auto& r) { return r.text.name == command.text.name; });
    if (row == table.end()) {
      table.push_back(std::move(command));
    } else {
      *row = std::move(command);
    }
  }
  return table;
}

}  // namespace juror
