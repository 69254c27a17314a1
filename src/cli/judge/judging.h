// What the commands that judge share: their options, and who votes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/options.h"
#include "cli/command.h"
#include "cli/judge/judge_loader.h"
#include "cli/judge/plan.h"
#include "judge/judge.h"
#include "judge/remote/chat_protocol.h"
#include "judge/remote/remote_options.h"
#include "preference/calibration.h"
#include "tensor/compute_options.h"

namespace juror {

/// Options of every command that judges.
struct JudgingOptions {
  std::string model = "mini";
  std::string prompt_template;
  ComputeOptions compute;
  std::string calibration = "auto";
  bool dry_run = false;
  JudgeOptions judge;
  RemoteOptions remote;

  /// Those of a command that reads no calibration and has no plan to show.
  template <class Field>
  void who(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
    field("prompt_template", prompt_template,
          "Prompt template: a file, or a name in prompts/; empty: the model's own");
    compute.fields(field);
  }
  template <class Field>
  void fields(Field&& field) {
    who(field);
    field("calibration", calibration,
          "Temperature and tie band (juror eval calibrate): auto takes calibration.json in the "
          "model's folder; none; or a file");
    field("dry_run", dry_run, "Say what would be done, and stop");
    judge.fields(field);
    remote.fields(field);
  }

  bool asks_a_server() const { return !remote.judge_url.empty(); }
  bool needs_engine() const { return !asks_a_server(); }
};

/// Who votes, ready to be asked.
struct LoadedJudge {
  std::unique_ptr<Judge> judge;
  std::string model;                        ///< as records name it
  std::filesystem::path folder;             ///< of the model; empty for a server's
  CostOfVoting cost;                        ///< of a plan; null where votes are asked for
  std::optional<ServerAbilities> server;    ///< what a server that votes can do
  std::function<std::string()> model_hash;  ///< reads the weights; null for a server
  std::string torch;                        ///< its version; empty for a server
};

/// Throws Error for a listener check where no thought is asked for.
void require_thoughts_to_check(const JudgeOptions& options);

/// Throws Error for options that a prompt template with these answers has no place for.
void require_template_can(const JudgeOptions& options, AnswerFormat format);

/// The server of `--judge-url`, or the model by `engine`, which must not be null then.
LoadedJudge load_judge(const JudgingOptions& options, JudgeLoader engine, Context& context);

/// A judging command of options `Options`; without `engine` it needs the engine's program unless a
/// server is asked.
template <class Options>
Command make_judging_command(CommandText text, JudgeLoader engine,
                             int (*run)(Options&, JudgeLoader, Context&)) {
  return make_command<Options>(
      std::move(text),
      [run, engine](Options& options, Context& context) { return run(options, engine, context); },
      engine != nullptr ? nullptr : +[](const Options& options) { return options.needs_engine(); });
}

/// What `--calibration` means for this model; said where it changes anything. Of a ranking it
/// changes the pairs' p and ties; strengths are fitted on the votes as they came.
Calibration find_calibration(const JudgingOptions& options, const LoadedJudge& loaded,
                             Context& context);

}  // namespace juror
