#include "cli/judge/judging.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "image/decode.h"
#include "judge/calibration_file.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// NaN has no place in JSON: what is unknown is null.
Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

double parameters_of(const TextConfig& text) {
  const double width = static_cast<double>(text.width);
  return static_cast<double>(text.layers) *
         (width * static_cast<double>((2 * text.heads + 2 * text.kv_heads) * text.head_size) +
          3 * width * static_cast<double>(text.mlp_width));
}

}  // namespace

double measured_flops() {
  const Tensor a = at::rand({512, 512}), b = at::rand({512, 512});
  at::mm(a, b);
  const auto began = std::chrono::steady_clock::now();
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) at::mm(a, b);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return kRounds * 2.0 * 512 * 512 * 512 / seconds;
}

void require_prompt_first(const std::string& prompt, const std::string& command) {
  std::error_code unknown;
  require(prompt.empty() || !std::filesystem::exists(prompt, unknown),
          "The prompt comes first, and '{0}' is a file. For no prompt: {1} \"\" {0} …", prompt,
          command);
}

void warn_of_ignored_prompt(const Judge& judge, const std::string& prompt, Context& context) {
  if (prompt.empty() || judge.prompt_template().user.find("{prompt}") != std::string::npos) return;
  context.terminal.say(
      LogLevel::kWarning,
      "This model's template takes no prompt: the pictures are judged without it.");
}

Judge load_judge(const JudgingOptions& options, Context& context) {
  const auto folder = find_model(options.model);
  context.terminal.say(LogLevel::kInfo,
                       fmt::format("Model {}, seed {}", folder.string(), context.global.seed));
  return Judge::load(folder, options.prompt_template, options.dtype);
}

Calibration find_calibration(const JudgingOptions& options, Context& context) {
  const auto file = calibration_path(options.calibration, find_model(options.model));
  if (!file) return {};
  context.terminal.say(LogLevel::kInfo, fmt::format("Calibration {}", file->string()));
  return load_calibration(*file).calibration;
}

Pictures read_pictures(const Judge& judge, const std::vector<std::string>& paths,
                       const ImageOptions& image, Context& context) {
  const ImageReader reader(image);
  Pictures pictures;
  for (const std::string& path : paths) {
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
  Json votes = Json::array();
  for (const Vote& vote : comparison.votes) {
    votes.push_back({{"order", vote.swapped ? "ji" : "ij"},
                     {"thinking", vote.verdict.thinking},
                     {"answer", vote.verdict.answer},
                     {"p", number(vote.verdict.p)},
                     {"status", name(vote.verdict.status)}});
  }
  const PairResult& result = comparison.result;
  return {{"pair", {comparison.pair.first, comparison.pair.second}},
          {"p", number(result.p)},
          {"status", name(result.status)},
          {"tie", result.tie},
          {"p_ij", number(result.p_ij)},
          {"p_ji", number(result.p_ji)},
          {"flip_rate", number(result.flip_rate)},
          {"spread", number(result.spread)},
          {"saturated_share", number(result.saturated_share)},
          {"unread", result.unread},
          {"forced", result.forced},
          {"votes", votes}};
}

int print_estimate(const Judge& judge, const JudgingOptions& options, const std::string& prompt,
                   const Pictures& pictures, const std::vector<PairIndex>& pairs,
                   Context& context) {
  const double orders = options.judge.orders == "both" ? 2 : 1;
  const double completions =
      options.judge.think ? orders * static_cast<double>(options.judge.votes) : 0;
  double prompt_tokens = 0;
  for (const PairIndex& pair : pairs) {
    prompt_tokens += orders * static_cast<double>(judge.prompt_tokens(
                                  prompt, pictures.candidates.at(pair.first),
                                  pictures.candidates.at(pair.second), options.judge.think));
  }
  const double most_tokens =
      completions * static_cast<double>(pairs.size() * static_cast<std::size_t>(
                                                           options.judge.sampling.max_new_tokens));
  const TextConfig& text = judge.model().config().text;
  const double seconds = 2 * parameters_of(text) * (prompt_tokens + most_tokens) / measured_flops();
  const double cache_bytes =
      8.0 * static_cast<double>(text.layers * text.kv_heads * text.head_size) *
      (prompt_tokens / std::max<double>(1, static_cast<double>(pairs.size()) * orders) * orders +
       static_cast<double>(options.judge.batch_rows * options.judge.sampling.max_new_tokens));
  const Json json = {{"dry_run", true},
                     {"images", pictures.paths.size()},
                     {"comparisons", pairs.size()},
                     {"completions", completions * static_cast<double>(pairs.size())},
                     {"prompt_tokens", prompt_tokens},
                     {"completion_tokens_at_most", most_tokens},
                     {"seconds_at_most", seconds},
                     {"cache_bytes_at_most", cache_bytes}};
  if (context.out.json()) {
    context.out.print_json(json);
  } else {
    context.out.print(fmt::format(
        "{} images, {} comparisons, {:.0f} completions, {:.0f} prompt tokens, at most {:.0f} "
        "completion "
        "tokens; at most about {:.1f} s and {:.0f} MB of cache on this machine.\n",
        pictures.paths.size(), pairs.size(), completions * static_cast<double>(pairs.size()),
        prompt_tokens, most_tokens, seconds, cache_bytes / 1e6));
  }
  return kExitOk;
}

}  // namespace juror
