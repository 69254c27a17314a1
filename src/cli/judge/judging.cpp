#include "cli/judge/judging.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "cli/run_record.h"
#include "image/decode.h"
#include "judge/calibration_file.h"
#include "judge/remote/remote_voter.h"
#include "judge/template_hash.h"
#include "records/comparison.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kManyPictures = 20;  // whose reading is worth a line of progress

/// NaN has no place in JSON: what is unknown is null.
Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

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

LoadedJudge load_judge(const JudgingOptions& options, JudgeLoader engine, Context& context) {
  if (!options.asks_a_server()) return engine(options, context);
  if (options.model != JudgingOptions().model)
    context.terminal.say(LogLevel::kWarning,
                         "--judge-url names a server, so --model is not looked at; the server's "
                         "model is --judge-model.");
  RemoteOptions remote = options.remote;
  remote.goes_on = [&context] { return !context.interrupted(); };
  auto voter = std::make_unique<RemoteVoter>(remote);
  LoadedJudge loaded{.judge = nullptr, .model = options.remote.judge_model, .folder = {}};
  if (!options.dry_run) {
    voter->connect();
    loaded.model = voter->model();
    loaded.server = voter->abilities();
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("Judge {} at {}, seed {}", loaded.model,
                                     options.remote.judge_url, context.global.seed));
  }
  loaded.judge =
      std::make_unique<Judge>(std::move(voter), find_template({}, options.prompt_template));
  return loaded;
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

Pictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                       const ImageOptions& image, Context& context) {
  const ImageReader reader(image);
  const Progress progress = context.progress();
  Pictures pictures;
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

Json comparison_json(const Comparison& comparison) {
  const PairResult& result = comparison.result;
  Json json = {{"pair", {comparison.pair.first, comparison.pair.second}}};
  json.update(result_json(result, comparison.votes));
  json["tie"] = result.tie;
  json["spread"] = number(result.spread);
  if (result.abstained) json["abstained"] = true;
  if (comparison.votes_saved > 0) json["votes_saved"] = comparison.votes_saved;
  if (comparison.listened > 0) {
    json["listened"] = comparison.listened;
    json["contradictions"] = comparison.contradictions;
  }
  return json;
}

Json policy_json(const JudgeOptions& options) {
  Json json = Json::object();
  if (options.effort != JudgeOptions().effort) json["effort"] = options.effort;
  if (options.reads_first()) json["open_band"] = options.open_band;
  if (options.early_stop.threshold < 1) {
    json["early_stop"] = options.early_stop.threshold;
    json["early_stop_votes"] = options.early_stop.min_votes;
  }
  if (options.listener_check) json["listener_check"] = true;
  return json;
}

void add_judge(const LoadedJudge& loaded, Json& record) {
  if (!loaded.torch.empty()) record["torch"] = loaded.torch;
  if (loaded.model_hash) record["model_hash"] = loaded.model_hash();
  record["prompt_hash"] = template_hash(loaded.judge->prompt_template());
}

Json judging_record(const LoadedJudge& loaded, const std::vector<std::string>& pictures,
                    const Context& context) {
  Json record = run_record(context);
  add_judge(loaded, record);
  record["image_hashes"] = Json::array();
  for (const std::string& picture : pictures)
    record["image_hashes"].push_back(picture == "-" ? Json(nullptr) : Json(file_hash(picture)));
  return record;
}

namespace {

/// Tokens of all prompts; nothing where the voter cannot tell.
std::optional<double> all_prompt_tokens(const Judge& judge, const JudgingOptions& options,
                                        const std::string& prompt, const Pictures& pictures,
                                        const std::vector<PairIndex>& pairs) {
  double tokens = 0;
  for (const PairIndex& pair : pairs) {
    const auto of_pair =
        judge.prompt_tokens(prompt, pictures.candidates.at(pair.first),
                            pictures.candidates.at(pair.second), options.judge.thinks());
    if (!of_pair) return std::nullopt;
    tokens += static_cast<double>(*of_pair);
  }
  return tokens;
}

/// What makes the same comparisons cheaper, of what is not chosen already.
std::string shorter_ways(const JudgeOptions& options) {
  std::vector<std::string> ways;
  if (options.thinks()) ways.push_back("--effort low (one forward read an order)");
  if (options.thinks() && !options.reads_first())
    ways.push_back("--effort auto (thoughts only where a forward read leaves a pair open)");
  if (options.thinks() && options.votes > 1) ways.push_back("--votes 1");
  if (options.orders == "both") ways.push_back("--orders given (half, but biased by position)");
  if (options.thinks()) ways.push_back("a smaller --max-new-tokens");
  return ways.empty() ? "" : fmt::format("Shorter: {}.\n", fmt::join(ways, "; "));
}

}  // namespace

int print_estimate(const LoadedJudge& loaded, const JudgingOptions& options,
                   const std::string& prompt, const Pictures& pictures,
                   const std::vector<PairIndex>& pairs, Context& context) {
  const auto count = static_cast<double>(pairs.size());
  VotingPlan plan{.orders = options.judge.orders == "both" ? 2.0 : 1.0,
                  .rows = options.judge.batch_rows,
                  .row_tokens = options.judge.sampling.max_new_tokens};
  plan.prompts = plan.orders * count;
  const double completions =
      options.judge.thinks() ? plan.prompts * static_cast<double>(options.judge.votes_an_order())
                             : 0;
  plan.completion_tokens = completions * static_cast<double>(plan.row_tokens);
  const auto tokens = all_prompt_tokens(*loaded.judge, options, prompt, pictures, pairs);
  plan.prompt_tokens = plan.orders * tokens.value_or(0);
  Json json = {{"dry_run", true},
               {"images", pictures.paths.size()},
               {"comparisons", pairs.size()},
               {"completions", completions}};
  std::string text = fmt::format("{} images, {} comparisons, {:.0f} completions",
                                 pictures.paths.size(), pairs.size(), completions);
  if (tokens) {
    json["prompt_tokens"] = plan.prompt_tokens;
    text += fmt::format(", {:.0f} prompt tokens", plan.prompt_tokens);
  }
  json["completion_tokens_at_most"] = plan.completion_tokens;
  text += fmt::format(", at most {:.0f} completion tokens", plan.completion_tokens);
  if (loaded.cost) {
    const VotingCost cost = loaded.cost(plan);
    json["seconds_at_most"] = cost.seconds;
    json["cache_bytes_at_most"] = cost.cache_bytes;
    text += fmt::format("; at most about {:.1f} s and {:.0f} MB of cache on this machine",
                        cost.seconds, cost.cache_bytes / 1e6);
  }
  if (context.out.json()) {
    context.out.print_json(json);
  } else {
    context.out.print(text + ".\n" + shorter_ways(options.judge));
  }
  return kExitOk;
}

}  // namespace juror
