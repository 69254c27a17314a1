#include "cli/judge/judging.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "image/decode.h"
#include "judge/calibration_file.h"
#include "judge/parse_template.h"
#include "judge/remote/remote_voter.h"

namespace juror {
namespace {

constexpr std::size_t kManyPictures = 20;  // whose reading is worth a line of progress

}  // namespace

void require_prompt_first(const std::string& prompt, const std::string& command) {
  std::error_code unknown;
  require(prompt.empty() || !std::filesystem::exists(prompt, unknown),
          "The prompt comes first, and '{0}' is a file. For no prompt: {1} \"\" {0} …", prompt,
          command);
}

void warn_of_ignored_prompt(const Judge& judge, const std::string& prompt, Context& context) {
  if (prompt.empty() || judge.takes_prompt()) return;
  context.terminal.say(
      LogLevel::kWarning,
      "This model's template takes no prompt: the pictures are judged without it.");
}

int decode_threads(std::int64_t threads) {
  constexpr int kMostDecodeThreads = 4;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::min(threads > 0 ? static_cast<int>(threads) : cores, kMostDecodeThreads);
}

void require_stdin_once(const std::vector<std::string>& pictures) {
  require(std::count(pictures.begin(), pictures.end(), "-") <= 1,
          "'-', a picture from standard input, is named more than once, and can be read once.");
}

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

namespace {

/// What only shows once the template is known.
LoadedJudge checked(LoadedJudge loaded, const JudgingOptions& options) {
  const AnswerFormat format = loaded.judge->prompt_template().format();
  require(
      !options.judge.listener_check || format == AnswerFormat::kChoice,
      "--listener-check reads a decision between 1 and 2, and this prompt template answers with "
      "'{}'. Leave it out.",
      name(format));
  require(options.judge.orders == "both" || format != AnswerFormat::kRating,
          "--orders is about pictures that are shown together, and this prompt template rates them "
          "one by one. Leave it out.");
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

LoadedPictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                             const ImageOptions& image, Context& context) {
  const ImageReader reader(image);
  const Progress progress = context.progress();
  LoadedPictures pictures;
  std::int64_t read = 0;
  for (const std::string& path : paths) {
    if (paths.size() > kManyPictures)
      require(progress("reading pictures", read++, static_cast<std::int64_t>(paths.size())),
              "Stopped while reading pictures; nothing was compared.");
    try {
      pictures.candidates.push_back(judge.prepare(reader.load(path)));
      pictures.paths.push_back(path);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUser) throw;
      context.terminal.say(LogLevel::kWarning, error.what());
      pictures.failures.emplace_back(path, error.what());
    }
  }
  return pictures;
}

namespace {

/// Tokens of one order of all pairs; nothing where the voter cannot tell.
std::optional<std::int64_t> pair_tokens(const Judge& judge, const JudgingOptions& options,
                                        const std::string& prompt, const LoadedPictures& pictures,
                                        const std::vector<PairIndex>& pairs) {
  std::int64_t tokens = 0;
  for (const PairIndex& pair : pairs) {
    const std::vector<CandidateImage> shown = {pictures.candidates.at(pair.first),
                                               pictures.candidates.at(pair.second)};
    const auto of_pair = judge.prompt_tokens(prompt, shown, options.judge.thinks());
    if (!of_pair) return std::nullopt;
    tokens += *of_pair;
  }
  return tokens;
}

}  // namespace

int print_estimate(const LoadedJudge& loaded, const JudgingOptions& options,
                   const std::string& prompt, const LoadedPictures& pictures,
                   const std::vector<PairIndex>& pairs, Context& context) {
  return print_plan({.units = "images",
                     .count = static_cast<std::int64_t>(pictures.paths.size()),
                     .comparisons = static_cast<std::int64_t>(pairs.size()),
                     .pictures = static_cast<std::int64_t>(pictures.paths.size()),
                     .pair_tokens = pair_tokens(*loaded.judge, options, prompt, pictures, pairs)},
                    options.judge, loaded.cost, context);
}

bool warn_of_unread(const std::vector<Comparison>& comparisons, Context& context) {
  VoteCounts counts;
  std::int64_t lost = 0;
  for (const Comparison& comparison : comparisons) {
    counts.add(comparison.result);
    lost += comparison.result.status == PairStatus::kUnread;
  }
  if (counts.unread > 0)
    context.terminal.say(
        LogLevel::kWarning,
        fmt::format("{} of {} votes could not be read; {} of {} comparisons have none that counts.",
                    counts.unread, counts.votes, lost, comparisons.size()));
  return lost == 0;
}

void warn_of_forced(const Judge& judge, Context& context) {
  const VoteCounts& counts = judge.vote_counts();
  if (!counts.are_all_forced()) return;
  context.terminal.say(
      LogLevel::kWarning,
      fmt::format("None of {} votes came to an answer of its own: {} were forced. Was the model "
                  "trained with this prompt template (juror_template.toml in its folder, "
                  "--prompt-template)? Is --max-new-tokens enough?",
                  counts.votes, counts.forced));
}

}  // namespace juror
