#include "sft/run.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "base/option_text.h"
#include "judge/template_hash.h"
#include "model/lora_folder.h"
#include "model/weights.h"
#include "sft/checkpoint.h"
#include "train/training_compute.h"

namespace juror {
namespace {

/// Short sides that photos are kept at; a camera's source is larger than what it shows.
constexpr int kPlainShortSide = 512, kCameraShortSide = 1024;

namespace fs = std::filesystem;

/// The trainable parameters, with gradients switched on; everything else is switched off.
NamedTensors choose_trainable(SftRun& run) {
  NamedTensors trainable;
  NamedTensors all =
      run.options.use_peft ? lora_parameters(*run.model) : named_parameters(*run.model);
  for (auto& parameter : named_parameters(run.head)) all.push_back(parameter);
  const bool only_vision = run.options.objective == "severity";
  for (auto& [name, parameter] : all) {
    bool is_frozen = only_vision && name.find("visual.") == std::string::npos &&
                     name.rfind("severity_head", 0) != 0;
    for (const std::string& word : run.options.frozen)
      is_frozen = is_frozen || name.find(word) != std::string::npos;
    const bool has_no_loss = !only_vision && run.options.severity_weight == 0 &&
                             (!run.rated || run.options.opinion_weight == 0);
    if (has_no_loss && name.rfind("severity_head", 0) == 0) is_frozen = true;
    parameter.requires_grad_(!is_frozen);
    if (!is_frozen) trainable.emplace_back(name, parameter);
  }
  require(!trainable.empty(), "The option 'frozen' leaves nothing to train.");
  return trainable;
}

/// The weights themselves, or adapters on frozen weights (new ones, or those of a folder of
/// adapters).
void load_policy(SftRun& run) {
  const SftOptions& options = run.options;
  const bool has_adapters = is_lora_folder(run.model_folder);
  require(!has_adapters || options.use_peft,
          "'{}' is an adapter: set use_peft = true to train it on, or merge it first (juror models "
          "merge).",
          run.model_folder.string());
  const fs::path base = base_folder(run.model_folder);
  run.compute = training_compute({.device = options.device, .dtype = options.dtype},
                                 {.adapters = options.use_peft, .mixed = options.bf16},
                                 rough_parameters(load_config(base).text));
  LoadOptions load = load_options(run.compute);
  load.trainable = !options.use_peft;
  run.model = load_model(base, load);
  require(options.use_peft || !is_quantized(*run.model),
          "'{}' keeps weights in few bits, which cannot be trained; adapters beside them can: set "
          "use_peft = true.",
          base.string());
  run.model->recompute_layers(options.gradient_checkpointing);
  if (!options.use_peft) return;
  run.lora = options.lora;
  if (has_adapters)
    run.lora = load_lora(*run.model, run.model_folder);
  else
    add_lora(*run.model, run.lora, static_cast<std::uint64_t>(options.seed));
}

void write_origin(const SftRun& run) {
  SftOptions options = run.options;
  options.resume_from_checkpoint.clear();
  const bool from_file = options.dataset != "synth";
  run.folder.write_origin({.command = "train sft",
                           .seed = options.seed,
                           .options = options_toml(options),
                           .model = options.model_name_or_path,
                           .model_hash = whole_model_hash(run.model_folder),
                           .template_hash = template_hash(run.prompt_template),
                           .data = from_file ? options.dataset : options.photos,
                           .data_hash = from_file
                                            ? file_hash(options.dataset)
                                            : fmt::format("{:016x}", run.photos->fingerprint())});
}

/// The rated photos, and what thoughts may state of them: as the tower sees them that the run began
/// with, so a resumed run reads it from the run's folder. sees: its head was trained; else nothing
/// is known, and thoughts state no defect.
void open_opinions(SftRun& run, bool sees) {
  const SftOptions& options = run.options;
  if (options.opinions.empty()) return;
  run.rated = std::make_shared<RatedPhotos>(options.opinions, "train", options.image);
  run.judged = std::make_shared<RatedPhotos>(options.opinions, "validation", options.image);
  if (options.objective == "severity") return;
  const fs::path file = run.folder.path() / "seen.jsonl";
  if (options.resume_from_checkpoint.empty()) {
    if (sees) {
      run.seen = severities_seen(*run.model, run.head, *run.rated, run.prompt_template,
                                 run.processor->patches);
    } else {
      run.seen.resize(run.rated->size());
      log_warning(fmt::format(
          "'{}' has no severity_head.safetensors: thoughts about rated photos will name no "
          "defects. A checkpoint of objective = \"severity\" has one.",
          run.model_folder.string()));
    }
    write_file_atomic(file, seen_lines(run.seen, *run.rated));
  } else {
    run.seen = read_seen(file, *run.rated);
  }
}

}  // namespace

SftRun start_sft_run(const SftOptions& options) {
  SftRun run{.options = options,
             .folder = RunFolder(options.output_dir),
             .model_folder = {},
             .compute = {},
             .model = nullptr,
             .lora = {},
             .prompt_template = {},
             .template_text = {},
             .processor = nullptr,
             .photos = nullptr,
             .head = {},
             .teacher = nullptr,
             .rated = nullptr,
             .judged = nullptr,
             .seen = {},
             .optimizer = nullptr};
  if (options.dataset == "synth")
    run.photos =
        std::make_shared<PhotoSet>(options.photos, options.image,
                                   options.synth.camera > 0 ? kCameraShortSide : kPlainShortSide);
  const fs::path checkpoint = run.folder.start(options.resume_from_checkpoint);
  if (checkpoint.empty() && options.model_name_or_path == "new") {
    require(fs::is_regular_file(options.prompt_template),
            "A new model needs the file of its prompt template; prompt_template is '{}'.",
            options.prompt_template);
    run.model_folder = run.folder.path() / "untrained";
    create_mini(options.mini, options.prompt_template, run.model_folder,
                static_cast<std::uint64_t>(options.seed));
  } else {
    run.model_folder = checkpoint.empty() ? find_model(options.model_name_or_path) : checkpoint;
  }
  load_policy(run);
  const fs::path base = base_folder(run.model_folder);
  run.processor = std::make_unique<Processor>(load_processor(base, run.model->config()));
  const bool has_own = fs::is_regular_file(run.model_folder / "juror_template.toml");
  const fs::path file =
      find_template_file(has_own ? run.model_folder : base, options.prompt_template);
  run.prompt_template = load_template(file);
  run.template_text = read_file(file);
  if (!options.teacher.empty())
    run.teacher = std::make_unique<Teacher>(options.teacher, run.model->device());
  run.head =
      random_severity_head(run.model->config().text.width, static_cast<std::uint64_t>(options.seed),
                           run.teacher ? kTeacherFeatures : 0);
  const bool sees = load_head(run.head, run.model_folder);
  move_head(run.head, run.model->device());
  open_opinions(run, sees);
  run.optimizer = std::make_unique<AdamW>(choose_trainable(run), options.optimizer);
  if (!checkpoint.empty()) restore_sft_checkpoint(run, checkpoint);
  write_origin(run);
  return run;
}

std::unique_ptr<SftSource> open_source(const SftRun& run) {
  const SftOptions& options = run.options;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.dataset != "synth")
    return std::make_unique<JsonlSource>(options.dataset, *run.processor, seed, options.image);
  const bool single = options.objective == "severity";
  const SynthSourceOptions source{.synth = options.synth,
                                  .single_pictures = single,
                                  .decisive_weight = options.decisive_weight,
                                  .misjudged = options.misjudged,
                                  .form = thought_form(options.thought_form)};
  auto simulated =
      std::make_unique<SynthSource>(run.photos, source, *run.processor, run.prompt_template, seed);
  if (!run.rated) return simulated;
  const OpinionSourceOptions rated{.single_pictures = single,
                                   .decisive_weight = options.decisive_weight,
                                   .misjudged = options.misjudged,
                                   .answer_only = options.synth.answer_only,
                                   .form = thought_form(options.thought_form)};
  return std::make_unique<MixedSource>(
      std::move(simulated),
      std::make_unique<OpinionSource>(run.rated, run.seen, rated, *run.processor,
                                      run.prompt_template, seed),
      options.opinion_share, seed);
}

}  // namespace juror
