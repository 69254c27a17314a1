// juror bench train: a GRPO step by parts, how its cost grows, and TRL's step on the same folder
// beside it.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/parse_json.h"
#include "bench/memory.h"
#include "bench/model.h"
#include "bench/speed.h"
#include "bench/step.h"
#include "cli/bench/child_process.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "model/lora.h"
#include "model/weights.h"
#include "tensor/allocator.h"
#include "tensor/device.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kOwnModel = "runs/bench-100m";

struct BenchTrainOptions {
  std::string model;
  ComputeOptions compute{.dtype = "float32"};
  std::int64_t prompts = 1, generations = 8, tokens = 64, grid = 32;
  bool lora = false, naive = false, gradient_checkpointing = false;
  std::int64_t repeats = 3, warm_up = 1;
  std::string peer;
  std::string peer_script = "bench/peers/trl_train.py";
  std::vector<std::string> peer_flags;

  template <class Field>
  void fields(Field&& field) {
    field("model", model,
          "Model to train; empty: one of random weights, written once to runs/bench-100m");
    compute.fields(field);
    field("prompts", prompts, "Prompts a step", Range{1, 1024});
    field("generations", generations, "Completions a prompt", Range{2, 4096});
    field("tokens", tokens, "Tokens of every completion", Range{2, 1 << 16});
    field("grid", grid, "Patches along each side of the two pictures (32: 448 pixels)",
          Range{2, 512});
    field("lora", lora, "Train adapters of rank 16 on the language model's linear layers");
    field("naive", naive, "The naive pass: every completion behind its own copy of the prompt");
    field("gradient_checkpointing", gradient_checkpointing,
          "Compute layers again in the backward pass: slower, with less memory");
    field("repeats", repeats, "Steps measured", Range{1, 1000});
    field("warm_up", warm_up, "Steps before those, which do not count", Range{0, 100});
    field("peer", peer,
          "Python with torch, transformers and trl: measure its step too, one thread each");
    field("peer_script", peer_script, "What that Python runs");
    field("peer_flags", peer_flags,
          "Further flags for the script, such as --gradient-checkpointing");
  }
};

fs::path bench_folder(const BenchTrainOptions& options, Context& context) {
  if (!options.model.empty()) return find_model(options.model);
  if (make_bench_model({}, kOwnModel))
    context.terminal.say(LogLevel::kInfo, fmt::format("Wrote {}", kOwnModel));
  return kOwnModel;
}

NamedTensors trainable_of(Model& model, bool lora) {
  if (lora) return add_lora(model, {}, 0);
  NamedTensors all = named_parameters(model);
  for (auto& [name, parameter] : all) parameter.requires_grad_(true);
  return all;
}

Json part_json(const PartTime& part) { return {{"wall_s", part.wall_s}, {"cpu_s", part.cpu_s}}; }

Json step_json(const StepTime& time) {
  return {
      {"rollout", part_json(time.rollout)},     {"loss", part_json(time.loss)},
      {"optimizer", part_json(time.optimizer)}, {"step", part_json({time.wall_s(), time.cpu_s()})},
      {"vision_passes", time.images_encoded},   {"decoder_rows", time.tokens_computed}};
}

/// Shares of a matrix product's speed: on a CPU by CPU seconds, else by those on the wall.
struct Utilisation {
  double peak_flops = 0, loss = 0, step = 0;
};

Utilisation utilisation(const StepTime& time, const PeakFlops& peak, bool on_cpu) {
  const double flops = on_cpu ? peak.by_cpu : peak.by_wall;
  return {.peak_flops = flops,
          .loss = time.flops.loss() / (on_cpu ? time.loss.cpu_s : time.loss.wall_s) / flops,
          .step = time.flops.step() / (on_cpu ? time.cpu_s() : time.wall_s()) / flops};
}

/// The median step by CPU seconds.
StepTime median_of(std::vector<StepTime> times) {
  std::sort(times.begin(), times.end(),
            [](const StepTime& a, const StepTime& b) { return a.cpu_s() < b.cpu_s(); });
  return times[times.size() / 2];
}

/// TRL's step as its script prints it: the last line is one JSON object.
Json run_peer(const BenchTrainOptions& options, const fs::path& folder) {
  std::vector<std::string> words = {options.peer,
                                    options.peer_script,
                                    folder.string(),
                                    "--prompts",
                                    std::to_string(options.prompts),
                                    "--generations",
                                    std::to_string(options.generations),
                                    "--tokens",
                                    std::to_string(options.tokens),
                                    "--image-size",
                                    std::to_string(14 * options.grid),
                                    "--threads",
                                    "1"};
  if (options.lora) words.push_back("--lora");
  words.insert(words.end(), options.peer_flags.begin(), options.peer_flags.end());
  const ChildResult result = run_child(words);
  require(result.exit_code == 0,
          "'{} {}' ended with exit code {}. It needs torch, transformers 5 and trl.", options.peer,
          options.peer_script, result.exit_code);
  const std::size_t brace = result.output.find('{');
  Json json =
      brace == std::string::npos ? Json() : json_or_discarded<Json>(result.output.substr(brace));
  require(json.is_object(), "'{}' printed no JSON object: {}", options.peer_script, result.output);
  return json;
}

std::string parts_table(const StepTime& t, bool color) {
  Table table{.columns = {{"part"}, {"CPU s", Align::kRight}, {"wall s", Align::kRight}},
              .rows = {}};
  const auto add = [&](const std::string& name, const PartTime& part) {
    table.rows.push_back(
        {name, fmt::format("{:.2f}", part.cpu_s), fmt::format("{:.2f}", part.wall_s)});
  };
  add("rollout", t.rollout);
  add("loss and backward", t.loss);
  add("optimizer", t.optimizer);
  add("step", {t.wall_s(), t.cpu_s()});
  return table.text(color);
}

int bench_train(BenchTrainOptions& options, Context& context) {
  keep_freed_memory();
  at::set_num_threads(context.global.threads > 0 ? static_cast<int>(context.global.threads) : 1);
  const fs::path folder = bench_folder(options, context);
  // The peer goes first: it needs several times our memory.
  const std::optional<Json> peer =
      options.peer.empty() ? std::nullopt : std::optional(run_peer(options, folder));
  const Compute compute = choose_compute(options.compute, std::numeric_limits<std::int64_t>::max());
  require(options.lora || compute.weight_bits == 0,
          "Weights of {} cannot be trained, adapters beside them can: --lora.",
          options.compute.dtype);
  LoadOptions load = load_options(compute);
  load.trainable = !options.lora;
  const auto model = load_model(folder, load);
  model->recompute_layers(options.gradient_checkpointing);
  AdamW optimizer(trainable_of(*model, options.lora), {.learning_rate = 1e-6});
  const StepBenchOptions step{.generations = options.generations,
                              .tokens = options.tokens,
                              .shared_prefix = !options.naive};
  const PeakFlops peak_flops = measure_peak_flops(compute.dtype == at::kBFloat16, compute.device);
  reset_peak();
  std::vector<StepTime> times;
  const Progress progress = context.progress();
  progress("steps", 0, options.repeats);
  for (std::int64_t i = 1 - options.warm_up; i <= options.repeats; ++i) {
    std::vector<ModelInput> prompts;
    for (std::int64_t p = 0; p < options.prompts; ++p) {
      prompts.push_back(bench_prompt(model->config(), {.grid = options.grid},
                                     noise_images(model->config(), options.grid)));
    }
    const StepTime time = time_grpo_step(*model, optimizer, !options.lora, prompts, step);
    if (i > 0) times.push_back(time);
    if (!progress("steps", std::max<std::int64_t>(i, 0), options.repeats)) return kExitOk;
  }
  const std::int64_t peak = peak_bytes();
  const StepTime median = median_of(times);
  const Utilisation mfu = utilisation(median, peak_flops, model->device().is_cpu());
  context.terminal.end_progress();
  if (context.out.json()) {
    Json steps = Json::array();
    for (const StepTime& time : times) steps.push_back(step_json(time));
    context.out.print_json({{"model", folder.string()},
                            {"prompts", options.prompts},
                            {"generations", options.generations},
                            {"tokens", options.tokens},
                            {"pixels", 14 * options.grid},
                            {"lora", options.lora},
                            {"dtype", options.compute.dtype},
                            {"naive", options.naive},
                            {"threads", at::get_num_threads()},
                            {"gemm_peak_flops", mfu.peak_flops},
                            {"loss_flops", median.flops.loss()},
                            {"step_flops", median.flops.step()},
                            {"mfu_loss", mfu.loss},
                            {"mfu", mfu.step},
                            {"median", step_json(median)},
                            {"steps", steps},
                            {"peak_rss_bytes", peak},
                            {"peer", peer ? *peer : Json(nullptr)}});
    return kExitOk;
  }
  context.out.print(fmt::format(
      "{}: {} prompt(s) of two {}-pixel pictures, {} completions of {} tokens each, {}, {}, {} "
      "thread(s), {} steps\n\n{}\n"
      "{} vision passes, {} rows through the decoder besides decoding; peak memory {:.2f} GB\n"
      "loss and backward: {:.2f} TFLOP at {:.0f} GFLOP/s, {:.0f} % of a large matrix product's "
      "{:.0f}; the step: {:.2f} TFLOP, {:.0f} %\n",
      folder.string(), options.prompts, 14 * options.grid, options.generations, options.tokens,
      options.lora ? "LoRA" : "full training", options.compute.dtype, at::get_num_threads(),
      times.size(), parts_table(median, context.color()), median.images_encoded,
      median.tokens_computed, static_cast<double>(peak) / 1e9, median.flops.loss() / 1e12,
      median.flops.loss() / median.loss.cpu_s / 1e9, 100 * mfu.loss, mfu.peak_flops / 1e9,
      median.flops.step() / 1e12, 100 * mfu.step));
  if (peer) context.out.print("\nTRL on the same folder: " + peer->dump() + "\n");
  return kExitOk;
}

}  // namespace

Command bench_train_command() {
  return make_command<BenchTrainOptions>(
      {.name = "bench train",
       .summary = "Measure a GRPO step by parts, and TRL's beside it",
       .examples = {{"juror bench train",
                     "one prompt, 8 completions of 64 tokens, about 100 M parameters"},
                    {"juror bench train --prompts 4 --peer python3",
                     "against TRL on the same folder"}},
       .notes = "One thread unless --threads says otherwise. CPU seconds are disturbed least by "
                "other work."},
      bench_train);
}

}  // namespace juror
