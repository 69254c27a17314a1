#include "cli/judge/judging.h"

#include <ATen/ATen.h>
#include <torch/headeronly/version.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "cli/run_record.h"
#include "image/decode.h"
#include "judge/calibration_file.h"
#include "judge/template_hash.h"
#include "model/lora_folder.h"
#include "records/comparison.h"

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
  return Judge::load(folder, options.prompt_template, options.compute);
}

Calibration find_calibration(const JudgingOptions& options, Context& context) {
  const auto file = calibration_path(options.calibration, find_model(options.model));
  if (!file) return {};
  context.terminal.say(LogLevel::kInfo, fmt::format("Calibration {}", file->string()));
  const CalibrationFile fitted = load_calibration(*file);
  if (!fitted.model_hash.empty())
    warn_of_other_weights(fitted, *file, whole_model_hash(find_model(options.model)));
  return fitted.calibration;
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
  const PairResult& result = comparison.result;
  Json json = {{"pair", {comparison.pair.first, comparison.pair.second}}};
  json.update(result_json(result, comparison.votes));
  json["tie"] = result.tie;
  json["spread"] = number(result.spread);
  return json;
}

Json judging_record(const JudgingOptions& options, const Judge& judge,
                    const std::vector<std::string>& pictures, const Context& context) {
  Json record = run_record(context);
  record["torch"] = TORCH_VERSION;
  record["model_hash"] = whole_model_hash(find_model(options.model));
  record["prompt_hash"] = template_hash(judge.prompt_template());
  record["image_hashes"] = Json::array();
  for (const std::string& picture : pictures)
    record["image_hashes"].push_back(picture == "-" ? Json(nullptr) : Json(file_hash(picture)));
  return record;
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
