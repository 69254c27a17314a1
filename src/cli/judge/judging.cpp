#include "cli/judge/judging.h"

#include <algorithm>

#include "base/error.h"
#include "judge/calibration_file.h"
#include "judge/parse_template.h"
#include "judge/remote/remote_voter.h"

namespace juror {
namespace {

/// Flags about a server mean nothing where none is asked; a recorded command names them all, at
/// their defaults.
void require_no_server_flags(const Context& context) {
  JudgingOptions usual;
  const std::vector<Option> defaults = list_options(usual);
  const auto is_default = [&](const Option& option) {
    return std::any_of(defaults.begin(), defaults.end(), [&](const Option& other) {
      return other.name == option.name && other.toml() == option.toml();
    });
  };
  for (const Option& option : context.command.options) {
    require(!option.name.starts_with("judge_") || option.origin.source != Source::kFlag ||
                is_default(option),
            "{} is about a server that judges, and none is named: --judge-url is missing.",
            option.flag());
  }
}

}  // namespace

void require_thoughts_to_check(const JudgeOptions& options) {
  require(!options.listener_check || options.thinks(),
          "--listener-check reads thoughts again, and {} has none. Leave one of them out.",
          options.think ? "--effort low" : "--no-think");
}

void require_template_can(const JudgeOptions& options, AnswerFormat format) {
  require(
      !options.listener_check || format == AnswerFormat::kChoice,
      "--listener-check reads a decision between 1 and 2, and this prompt template answers with "
      "'{}'. Leave it out.",
      name(format));
  require(options.orders == "both" || format != AnswerFormat::kRating,
          "--orders is about pictures that are shown together, and this prompt template rates them "
          "one by one. Leave it out.");
}

namespace {

/// What only shows once the template is known.
LoadedJudge checked(LoadedJudge loaded, const JudgingOptions& options) {
  require_template_can(options.judge, loaded.judge->prompt_template().format());
  return loaded;
}

}  // namespace

LoadedJudge load_judge(const JudgingOptions& options, JudgeLoader engine, Context& context) {
  require_thoughts_to_check(options.judge);
  if (const auto file = calibration_path(options.calibration, {})) load_calibration(*file);
  if (!options.asks_a_server()) {
    require_no_server_flags(context);
    return checked(engine(options, context), options);
  }
  if (options.model != JudgingOptions().model)
    context.terminal.say(LogLevel::kWarning,
                         "--judge-url names a server, so --model is not looked at; the server's "
                         "model is --judge-model.");
  RemoteOptions remote = options.remote;
  remote.goes_on = [&context] { return !context.interrupted(); };
  auto voter = std::make_unique<RemoteVoter>(remote);
  LoadedJudge loaded{.judge = nullptr, .model = options.remote.judge_model, .folder = {}};
  std::string told;
  if (!options.dry_run) {
    voter->connect();
    loaded.model = voter->model();
    loaded.server = voter->abilities();
    told = options.prompt_template.empty() ? voter->prompt_template() : "";
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("Judge {} at {}, seed {}", loaded.model,
                                     options.remote.judge_url, context.global.seed));
  }
  loaded.judge = std::make_unique<Judge>(
      std::move(voter), told.empty() ? find_template({}, options.prompt_template)
                                     : parse_template(told, "The template that the server tells"));
  return checked(std::move(loaded), options);
}

Calibration find_calibration(const JudgingOptions& options, const LoadedJudge& loaded,
                             Context& context) {
  const auto file = calibration_path(options.calibration, loaded.folder);
  if (!file) return {};
  context.terminal.say(LogLevel::kInfo, fmt::format("Calibration {}", file->string()));
  const CalibrationFile fitted = load_calibration(*file);
  if (!fitted.model_hash.empty() && loaded.model_hash)
    warn_of_other_weights(fitted, *file, loaded.model_hash());
  return fitted.calibration;
}

}  // namespace juror
