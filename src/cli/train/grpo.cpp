// juror train grpo: reinforcement learning from a TOML file and overrides.
#include <fmt/format.h>

#include <ATen/Parallel.h>

#include "base/error.h"
#include "base/option_file.h"
#include "cli/arguments.h"
#include "cli/engine/commands.h"
#include "cli/train/grpo_estimate.h"
#include "grpo/trainer.h"
#include "tensor/allocator.h"

namespace juror {
namespace {

struct TrainGrpoOptions : GrpoConfig {
  std::vector<std::string> words;
  DryRunOptions dry;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("CONFIG", words, "A TOML file, and key=value pairs that override it", AtLeast{0});
  }
  template <class Field>
  void fields(Field&& field) {
    GrpoConfig::fields(field);
    dry.fields(field);
  }
};

/// Sets options from `juror train grpo CONFIG.toml key=value …`. Flags stay stronger than both.
void read_overrides(const std::vector<std::string>& words, const Context& context) {
  std::vector<Option> options = context.command.options;
  options.insert(options.end(), context.global_options.begin(), context.global_options.end());
  std::vector<std::string> names;
  for (const Option& option : options) names.push_back(option.name);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      load_options(options, word);
      continue;
    }
    const std::string key = word.substr(0, equals);
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const Option& option) { return option.name == key; });
    require(found != options.end(), "There is no option '{}'.{}", key, did_you_mean(key, names));
    found->set(found->is_list() ? split_at_commas(word.substr(equals + 1))
                                : std::vector{word.substr(equals + 1)},
               {.source = Source::kFlag, .where = word});
  }
}

int run_train_grpo(TrainGrpoOptions& options, Context& context) {
  read_overrides(options.words, context);
  options.seed = context.global.seed;
  if (context.global.threads > 0) at::set_num_threads(static_cast<int>(context.global.threads));
  if (options.dry.dry_run) return print_grpo_estimate(options, options.dry, context);
  require_memory_for(options);
  keep_freed_memory();
  const GrpoResult result = train_grpo(options, context.progress(), [&](const std::string& line) {
    context.terminal.say(LogLevel::kInfo, line);
  });
  context.terminal.end_progress();
  if (result.interrupted)
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("Stopped after step {} of {}. The same command with "
                                     "resume_from_checkpoint=latest goes on from there.",
                                     result.steps, options.max_steps));
  context.out.print(result.checkpoint.string() + "\n");
  return kExitOk;
}

}  // namespace

Command train_grpo_command() {
  return make_command<TrainGrpoOptions>(
      {.name = "train grpo",
       .summary = "Teach a judge by reinforcement: GRPO with soft rewards",
       .examples = {{"juror train grpo configs/mini.toml",
                     "the embedded model, on simulated votes"},
                    {"juror train grpo CONFIG.toml --dry-run --tflops 400",
                     "memory and time, without the weights"},
                    {"juror train grpo CONFIG.toml num_generations=16 reward_funcs=soft,format",
                     "a config with two changes"}}},
      run_train_grpo);
}

}  // namespace juror
