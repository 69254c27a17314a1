#include "grpo/run.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/model_folder.h"
#include "base/option_text.h"
#include "grpo/checkpoint.h"
#include "grpo/step_flops.h"
#include "judge/template_hash.h"
#include "model/lora_folder.h"
#include "model/weights.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

bool is_frozen(const std::string& name, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return name.find(word) != std::string::npos; });
}

void keep_trainable(GrpoRun& run, NamedTensors candidates) {
  for (auto& [name, parameter] : candidates) {
    const bool trained = !is_frozen(name, run.config.frozen);
    parameter.requires_grad_(trained);
    if (!trained) continue;
    run.trainable.emplace_back(name, parameter);
    run.trains_tower = run.trains_tower || name.find("visual.") != std::string::npos;
  }
  require(!run.trainable.empty(), "The option 'frozen' leaves nothing to train.");
}

/// The policy: the weights themselves, or adapters on frozen weights (new ones, or those of an
/// adapter folder).
void load_policy(GrpoRun& run, const fs::path& weights) {
  const bool has_adapters = is_lora_folder(weights);
  require(!has_adapters || run.config.use_peft,
          "'{}' is an adapter: set use_peft = true to train it on, or merge it first (juror models "
          "merge).",
          weights.string());
  const fs::path base = base_folder(weights);
  run.compute = run.config.policy_compute(rough_parameters(load_config(base).text));
  LoadOptions options = load_options(run.compute);
  options.trainable = !run.config.use_peft;
  run.model = load_model(base, options);
  require(run.config.use_peft || !is_quantized(*run.model),
          "'{}' keeps weights in few bits, which cannot be trained; adapters beside them can: set "
          "use_peft = true.",
          base.string());
  run.model->recompute_layers(run.config.gradient_checkpointing);
  if (!run.config.use_peft) return keep_trainable(run, named_parameters(*run.model));
  if (has_adapters) {
    run.lora = load_lora(*run.model, weights);
    return keep_trainable(run, lora_parameters(*run.model));
  }
  run.lora = run.config.lora;
  keep_trainable(run, add_lora(*run.model, run.lora, static_cast<std::uint64_t>(run.config.seed)));
}

bool rewards(const GrpoConfig& config, const char* name) {
  const auto& names = config.scoring.reward_funcs;
  return std::find(names.begin(), names.end(), name) != names.end();
}

void start_frozen_models(GrpoRun& run, const fs::path& checkpoint) {
  const fs::path synced = checkpoint / "reference";
  if (run.config.loss.beta > 0 && !run.config.use_peft) {
    run.reference =
        load_model(!checkpoint.empty() && fs::is_directory(synced) ? synced : run.base_folder,
                   {.dtype = run.compute.dtype, .trainable = true, .device = run.compute.device});
    require_model(run.reference->config().text.vocabulary == run.model->config().text.vocabulary,
                  "The reference '{}' has {} ids and the policy {}: they must be of one family.",
                  run.base_folder.string(), run.reference->config().text.vocabulary,
                  run.model->config().text.vocabulary);
  }
  if (!rewards(run.config, "listener")) return;
  const fs::path folder =
      run.config.listener_model.empty() ? run.base_folder : find_model(run.config.listener_model);
  std::shared_ptr<const Model> model = load_merged(folder, load_options(run.compute));
  Processor processor = load_processor(base_folder(folder), model->config());
  run.listener = std::make_unique<Listener>(std::move(model), std::move(processor),
                                            run.prompt_template, run.config.think);
}

std::unique_ptr<PairSource> open_synth(const GrpoRun& run, const std::string& photos,
                                       bool evaluates, std::uint64_t seed) {
  const SynthPairs::Recipe recipe{
      .synth = run.config.synth, .voters = run.config.voters, .exact_shares = evaluates};
  return std::make_unique<SynthPairs>(std::make_shared<PhotoSet>(photos, run.config.data.image),
                                      recipe, *run.processor, run.prompt_template, seed);
}

std::unique_ptr<PairSource> open_examples(const GrpoRun& run, const std::string& path,
                                          DatasetOptions options, std::int64_t seed,
                                          std::int64_t list_size = 2) {
  options.seed = seed;
  return std::make_unique<ExamplePairs>(path, options, *run.processor, run.prompt_template,
                                        static_cast<std::size_t>(list_size));
}

/// A disk that cannot hold the checkpoints is told before training.
void check_room(const GrpoRun& run) {
  std::uintmax_t bytes = 0;
  run.model->visit([&](const std::string&, Tensor& parameter, const std::vector<std::int64_t>&) {
    if (!run.config.use_peft) bytes += 4 * static_cast<std::uintmax_t>(parameter.numel());
  });
  for (const auto& [name, parameter] : run.trainable)
    bytes += 12 * static_cast<std::uintmax_t>(parameter.numel());
  const std::uintmax_t available = fs::space(run.folder.path()).available;
  const std::int64_t least = run.config.eval_steps > 0 ? 2 : 1;  // the newest, and the best
  const auto kept = static_cast<std::uintmax_t>(std::max(least, run.config.save_total_limit)) + 1;
  require(available > kept * bytes,
          "The disk of '{}' has {:.1f} GB left, and {} checkpoints of {:.1f} GB are kept at once: "
          "free some, or lower save_total_limit.",
          run.folder.path().string(), 1e-9 * static_cast<double>(available), kept,
          1e-9 * static_cast<double>(bytes));
}

/// Pairs that nobody voted on serve rewards that ask nobody, and no evaluation: elsewhere they are
/// left out.
void leave_out_unlabelled(GrpoRun& run) {
  const auto leave_out = [](PairSource& source, const std::string& data, const std::string& what) {
    const std::int64_t pairs = source.leave_out_unlabelled(what);
    if (pairs > 0)
      log_warning(fmt::format("{} pairs of '{}' have no votes and are left out: {} needs them.",
                              pairs, data, what));
  };
  for (const std::string& name : run.config.scoring.reward_funcs) {
    if (reward_needs_votes(name))
      leave_out(*run.source, run.config.dataset, "The reward '" + name + "'");
  }
  if (run.eval_source) leave_out(*run.eval_source, run.config.eval_dataset, "An evaluation");
}

void open_sources(GrpoRun& run) {
  constexpr std::int64_t kEvalSeed = 0xE7A1;  // the same pairs whatever the run's seed
  const GrpoConfig& c = run.config;
  require(c.list_size == 2 || run.prompt_template.format() == AnswerFormat::kRanking,
          "list_size is {}, and the answer of this prompt template is a {}: prompt_template = "
          "\"ranking\" shows several images at once.",
          c.list_size, name(run.prompt_template.format()));
  run.source = c.dataset == "synth"
                   ? open_synth(run, c.photos, false, static_cast<std::uint64_t>(c.seed))
                   : open_examples(run, c.dataset, c.data, c.seed, c.list_size);
  if (c.eval_steps == 0) return;
  DatasetOptions data = c.data;
  data.split = c.eval_split;
  data.fraction = 1;
  run.eval_source = c.eval_dataset.empty() ? open_synth(run, c.validation_photos, true, kEvalSeed)
                                           : open_examples(run, c.eval_dataset, data, kEvalSeed);
}

void write_origin(const GrpoRun& run) {
  GrpoConfig config = run.config;
  config.resume_from_checkpoint.clear();
  run.folder.write_origin({.command = "train grpo",
                           .seed = config.seed,
                           .options = options_toml(config),
                           .model = config.model_name_or_path,
                           .model_hash = whole_model_hash(run.base_folder),
                           .template_hash = template_hash(run.prompt_template),
                           .data = config.dataset,
                           .data_hash = fmt::format("{:016x}", run.source->fingerprint())});
}

}  // namespace

std::unique_ptr<GrpoRun> start_grpo_run(const GrpoConfig& config) {
  check_config(config);
  auto run = std::make_unique<GrpoRun>(config);
  const fs::path checkpoint = run->folder.start(config.resume_from_checkpoint);
  run->base_folder = find_model(config.model_name_or_path);
  const fs::path weights = checkpoint.empty() ? run->base_folder : checkpoint;
  load_policy(*run, weights);
  run->engine = std::make_unique<Engine>(
      run->model, EngineOptions{.batch_rows = config.rollout_batch_rows,
                                .tower_patches = 1});  // features the same bits in any company
  run->processor =
      std::make_unique<Processor>(load_processor(base_folder(weights), run->model->config()));
  const bool has_own =
      config.prompt_template.empty() && fs::is_regular_file(weights / "juror_template.toml");
  const fs::path file =
      find_template_file(has_own ? weights : base_folder(weights), config.prompt_template);
  run->prompt_template = load_template(file);
  run->template_text = read_file(file);
  check_room(*run);
  run->optimizer = std::make_unique<AdamW>(run->trainable, config.optimizer);
  start_frozen_models(*run, checkpoint);
  open_sources(*run);
  leave_out_unlabelled(*run);
  if (!checkpoint.empty()) restore_grpo_checkpoint(*run, checkpoint);
  const bool multiplies_bf16 = config.bf16 || run->compute.dtype == at::kBFloat16;
  run->peak_flops = config.peak_tflops > 0
                        ? 1e12 * config.peak_tflops
                        : measure_peak_flops(multiplies_bf16, run->model->device()).by_wall;
  write_origin(*run);
  return run;
}

}  // namespace juror
