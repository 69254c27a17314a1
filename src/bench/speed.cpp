#include "bench/speed.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "bench/memory.h"
#include "engine/engine.h"

namespace juror {
namespace {

class Stopwatch {
 public:
  /// Seconds since the start or the last call.
  double lap() {
    const auto now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(began_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point began_ = Clock::now();
};

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Keys and values of both prompts, each held once, and of every row's own tokens.
std::int64_t cache_bytes(const Model& model, std::int64_t prompt_tokens, const BenchShape& shape) {
  const TextConfig& text = model.config().text;
  const std::int64_t positions = 2 * (prompt_tokens + shape.thoughts * shape.tokens);
  return 2 * positions * text.layers * text.kv_heads * text.head_size *
         static_cast<std::int64_t>(c10::elementSize(model.dtype()));
}

/// As a judge decodes: the same bans, and two ids watched for the verdict. No stop ids, so every
/// thought is of full length.
DecodeOptions decode_options(const ModelConfig& config, const BenchShape& shape) {
  return {.sampling = {.temperature = 1.0, .max_new_tokens = shape.tokens},
          .stop_ids = {},
          .banned = banned_tokens(config, config.text.vocabulary),
          .watched_ids = {'1', '2'}};
}

}  // namespace

Spread spread(std::vector<double> values) {
  require(!values.empty(), "A spread was asked for without any value.");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {.median = median, .min = values.front(), .max = values.back()};
}

std::vector<std::shared_ptr<const PixelImage>> noise_images(const ModelConfig& config,
                                                            std::int64_t grid) {
  static std::uint64_t made = 0;  // features are cached by key, so a key must never come twice
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (int i = 0; i < 2; ++i) {
    images.push_back(std::make_shared<PixelImage>(
        PixelImage{.patches = at::randn({grid * grid, config.vision.row_length()}),
                   .grid = {.t = 1, .h = grid, .w = grid},
                   .key = ++made}));
  }
  return images;
}

ModelInput bench_prompt(const ModelConfig& config, const BenchShape& shape,
                        const std::vector<std::shared_ptr<const PixelImage>>& images) {
  constexpr std::int64_t kBefore = 5, kBehindImage = 7,
                         kAfter = 9;  // any ids do; these are the peer script's
  ModelInput input{
      .token_ids = std::vector<std::int64_t>(static_cast<std::size_t>(shape.text_before), kBefore),
      .spans = {},
      .images = images};
  for (std::size_t i = 0; i < images.size(); ++i) {
    input.token_ids.push_back(config.vision_start_token);
    const std::int64_t length = images[i]->grid.patches() / config.vision.merged_patches();
    input.spans.push_back(
        {.begin = static_cast<std::int64_t>(input.token_ids.size()), .length = length, .image = i});
    input.token_ids.insert(input.token_ids.end(), static_cast<std::size_t>(length),
                           config.image_token);
    input.token_ids.push_back(kBehindImage);
  }
  input.token_ids.insert(input.token_ids.end(), static_cast<std::size_t>(shape.text_after), kAfter);
  return input;
}

double time_read(const Model& model, const BenchShape& shape) {
  const auto prompt = std::make_shared<const ModelInput>(
      bench_prompt(model.config(), shape, noise_images(model.config(), shape.grid)));
  Engine engine(borrowed(model));
  Stopwatch watch;
  engine.run({{.prompt = prompt}});
  return watch.lap();
}

ThinkingTime time_thinking(const Model& model, const BenchShape& shape) {
  const auto images = noise_images(model.config(), shape.grid);
  const DecodeOptions options = decode_options(model.config(), shape);
  std::vector<Request> requests;
  for (std::uint64_t order = 0; order < 2; ++order) {
    requests.push_back({.prompt = std::make_shared<const ModelInput>(bench_prompt(
                            model.config(), shape, {images[order], images[1 - order]})),
                        .options = options});
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(shape.thoughts); ++i)
      requests.back().samples.push_back({.prompt = order, .sample = i});
  }
  Engine engine(borrowed(model), {.batch_rows = 2 * shape.thoughts});
  const double cpu_before = cpu_seconds();
  Stopwatch watch;
  const std::vector<Result> results = engine.run(std::move(requests));
  ThinkingTime time;
  time.decode_s = watch.lap();
  time.cpu_s = cpu_seconds() - cpu_before;
  const EngineStats stats = engine.stats();
  time.vision_s = stats.vision_s;
  time.prefill_s = stats.prefill_s;
  time.decode_s -= stats.vision_s + stats.prefill_s;
  time.images_encoded = stats.images_encoded;
  for (const Result& result : results) time.tokens += result.completion_tokens();
  time.cache_bytes = cache_bytes(model, results.front().prompt_tokens, shape);
  return time;
}

std::int64_t image_memory(const Model& model, const BenchShape& shape) {
  const c10::InferenceMode inference;
  const auto image = noise_images(model.config(), shape.grid).front();
  model.encode_images({noise_images(model.config(), 2 * model.config().vision.merge)
                           .front()});  // maps the tower's weights
  reset_peak();
  const std::int64_t before = resident_bytes();
  model.encode_images({image});
  return std::max<std::int64_t>(0, peak_bytes() - before);
}

std::map<std::string, double> read_peer_output(const std::string& output,
                                               const std::vector<std::string>& expected) {
  std::map<std::string, double> seconds;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string job, dtype, unit;
    double value = 0;
    if (words >> job >> dtype >> value >> unit && dtype.ends_with(":") && unit == "s")
      seconds[job] = value;
  }
  for (const std::string& job : expected) {
    require(seconds.contains(job), "The peer's output has no line '{} DTYPE: N s'. It printed:\n{}",
            job, output);
  }
  return seconds;
}

}  // namespace juror
