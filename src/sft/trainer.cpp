// The loop: samples -> packed batch -> loss -> backward -> AdamW -> a line of metrics. Nothing here
// knows what a sample is.
#include "sft/trainer.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "base/option_text.h"
#include "data/prefetch.h"
#include "judge/template_hash.h"
#include "model/weights.h"
#include "sft/opinion_eval.h"
#include "sft/opinion_source.h"
#include "sft/severity_eval.h"
#include "sft/source.h"
#include "tensor/out_of_memory.h"
#include "train/mixed_precision.h"
#include "train/run_folder.h"

namespace juror {
namespace {

/// Short sides that photos are kept at; a camera's source is larger than what it shows.
constexpr int kPlainShortSide = 512, kCameraShortSide = 1024;

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// All that a run holds between steps.
struct Run {
  const SftOptions& options;
  RunFolder folder;
  fs::path model_folder;  ///< where tokenizer and the other side files are
  std::unique_ptr<Model> model;
  PromptTemplate prompt_template;
  std::string template_text;  ///< goes with every checkpoint: a judge asks as it was trained to
  std::unique_ptr<Processor> processor;
  std::shared_ptr<const PhotoSet> photos;  ///< null where a file of conversations is learnt
  SeverityHead head;
  std::unique_ptr<Teacher> teacher;                  ///< null: none
  std::shared_ptr<const RatedPhotos> rated, judged;  ///< to train on, to validate on; null: none
  std::vector<Degradation> seen;  ///< severities of `rated` that thoughts may state
  std::unique_ptr<AdamW> optimizer;
  std::int64_t step = 0;
  std::int64_t tokens = 0;
};

/// The trainable parameters, with gradients switched on; everything else is switched off.
NamedTensors choose_trainable(Run& run) {
  NamedTensors trainable;
  NamedTensors all = named_parameters(*run.model);
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

/// A head saved beside the weights (by a tower run, or by the checkpoint that is resumed) is
/// continued. Returns whether there is one (older ones say nothing of opinions).
bool load_head(SeverityHead& head, const fs::path& folder) {
  if (!fs::is_regular_file(folder / "severity_head.safetensors")) return false;
  const SafetensorsFile file(folder / "severity_head.safetensors");
  for (auto& [name, tensor] : named_parameters(head)) {
    if (file.contains(name) && file.tensor(name).sizes() == tensor.sizes())
      tensor.copy_(file.tensor(name));
  }
  return file.tensor("severity_head.out.weight").sizes() == head.out.weight.sizes();
}

void restore(Run& run, const fs::path& checkpoint) {
  run.optimizer->load_state(SafetensorsFile(checkpoint / "optimizer.safetensors"));
  std::int64_t seed = 0;
  read_trainer_state(checkpoint, [&](const nlohmann::json& state) {
    run.step = state.at("global_step").get<std::int64_t>();
    run.tokens = state.at("num_tokens").get<std::int64_t>();
    seed = state.at("seed").get<std::int64_t>();
  });
  require(seed == run.options.seed,
          "'{}' is of seed {}, and the run has seed {}: a resumed run keeps its seed.",
          checkpoint.string(), seed, run.options.seed);
  run.folder.drop_checkpoints_after(run.step);
  run.folder.rewind_metrics(run.step);
}

void write_origin(const Run& run) {
  SftOptions options = run.options;
  options.resume_from_checkpoint.clear();
  const bool from_file = options.dataset != "synth";
  run.folder.write_origin({.command = "train sft",
                           .seed = options.seed,
                           .options = options_toml(options),
                           .model = options.model_name_or_path,
                           .model_hash = model_hash(run.model_folder),
                           .template_hash = template_hash(run.prompt_template),
                           .data = from_file ? options.dataset : options.photos,
                           .data_hash = from_file
                                            ? file_hash(options.dataset)
                                            : fmt::format("{:016x}", run.photos->fingerprint())});
}

/// The rated photos, and what thoughts may state of them: as the tower sees them that the run began
/// with, so a resumed run reads it from the run's folder. sees: its head was trained; else nothing
/// is known, and thoughts state no defect.
void open_opinions(Run& run, bool sees) {
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

Run start(const SftOptions& options) {
  Run run{.options = options,
          .folder = RunFolder(options.output_dir),
          .model_folder = {},
          .model = nullptr,
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
  run.model =
      load_model(run.model_folder,
                 {.dtype = at::kFloat, .trainable = true, .device = choose_device(options.device)});
  run.processor =
      std::make_unique<Processor>(load_processor(run.model_folder, run.model->config()));
  const fs::path file = find_template_file(run.model_folder, options.prompt_template);
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
  if (!checkpoint.empty()) restore(run, checkpoint);
  write_origin(run);
  return run;
}

/// Weights, tokenizer and template: all that a judge needs.
void save_judge(Run& run, const fs::path& folder, at::ScalarType dtype) {
  fs::create_directories(folder);
  save_model(*run.model, folder, dtype);
  copy_sidecars(run.model_folder, folder);
  write_file_atomic(folder / "juror_template.toml", run.template_text);
}

fs::path save_checkpoint(Run& run) {
  const fs::path folder = run.folder.checkpoint(run.step);
  save_judge(run, folder, at::kFloat);  // fp32: what is resumed must be what was trained
  save_safetensors(folder / "severity_head.safetensors", named_parameters(run.head));
  save_safetensors(folder / "optimizer.safetensors", run.optimizer->state());
  const nlohmann::ordered_json state = {{"global_step", run.step},
                                        {"max_steps", run.options.max_steps},
                                        {"num_tokens", run.tokens},
                                        {"seed", run.options.seed}};
  write_file_atomic(folder / "trainer_state.json", state.dump(2));
  run.model_folder = folder;  // what the run was resumed from may go now
  run.folder.prune_checkpoints(run.options.save_total_limit);
  return folder;
}

std::unique_ptr<SftSource> open_source(const Run& run) {
  const SftOptions& options = run.options;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (options.dataset != "synth")
    return std::make_unique<JsonlSource>(options.dataset, *run.processor, seed, options.image);
  const bool single = options.objective == "severity";
  const SynthSourceOptions source{.synth = options.synth,
                                  .single_pictures = single,
                                  .decisive_weight = options.decisive_weight,
                                  .misjudged = options.misjudged};
  auto simulated =
      std::make_unique<SynthSource>(run.photos, source, *run.processor, run.prompt_template, seed);
  if (!run.rated) return simulated;
  const OpinionSourceOptions rated{.single_pictures = single,
                                   .decisive_weight = options.decisive_weight,
                                   .misjudged = options.misjudged,
                                   .answer_only = options.synth.answer_only};
  return std::make_unique<MixedSource>(
      std::move(simulated),
      std::make_unique<OpinionSource>(run.rated, run.seen, rated, *run.processor,
                                      run.prompt_template, seed),
      options.opinion_share, seed);
}

/// What the teacher's features are measured in: their spread over the first samples.
void measure_teacher(Run& run, const SftSource& source) {
  constexpr std::uint64_t kSamples = 64;
  if (!run.teacher) return;
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const SftSample sample = source.sample(i);
    images.insert(images.end(), sample.prompt.images.begin(), sample.prompt.images.end());
  }
  run.teacher->measure(images);
}

struct StepResult {
  SftLoss loss;  ///< averaged over the micro-batches; `loss` undefined
  double total = 0, grad_norm = 0, factor = 0;
  bool skipped = false;
};

/// One optimizer step on batches handed out by `next`. A step whose loss or gradient is not finite
/// changes nothing.
StepResult take_step(Run& run, Prefetcher<PackedBatch>& batches) {
  const SftOptions& options = run.options;
  const auto share = 1.0 / static_cast<double>(options.gradient_accumulation_steps);
  const SftWeights weights{
      .severity = options.objective == "severity" ? 1.0 : options.severity_weight,
      .order = options.order_weight,
      .opinion = run.rated ? options.opinion_weight : 0.0,
      .teacher = run.teacher ? options.teacher_weight : 0.0};
  StepResult result;
  for (std::int64_t i = 0; i < options.gradient_accumulation_steps; ++i) {
    const PackedBatch batch = batches.next();
    SftLoss loss = [&] {
      const MixedPrecision precision(options.bf16, run.model->device());
      return sft_loss(*run.model, run.head, batch, weights, run.teacher.get());
    }();
    (loss.loss * share).backward();
    result.total += share * loss.total;
    result.loss.completion_loss += share * loss.completion_loss;
    result.loss.severity_loss += share * loss.severity_loss;
    result.loss.order_loss += share * loss.order_loss;
    result.loss.opinion_loss += share * loss.opinion_loss;
    result.loss.teacher_loss += share * loss.teacher_loss;
    result.loss.token_accuracy += share * loss.token_accuracy;
    result.loss.tokens += loss.tokens;
  }
  result.grad_norm = run.optimizer->clip_gradients();
  result.factor = learning_rate_factor(options.schedule, run.step, options.max_steps);
  result.skipped = !std::isfinite(result.total) || !std::isfinite(result.grad_norm);
  if (!result.skipped) run.optimizer->step(result.factor);
  run.optimizer->zero_grad();
  ++run.step;
  run.tokens += result.loss.tokens;
  return result;
}

std::string memory_advice(const SftOptions& options) {
  return fmt::format(
      "Less is held by a smaller per_device_train_batch_size ({} now; more "
      "gradient_accumulation_steps keep the step as it is), bf16 = true, or smaller pictures "
      "(max_pixels in preprocessor_config.json).",
      options.per_device_train_batch_size);
}

/// Writes a checkpoint of the last finished step, which `step` was, unless it is there. Returns a
/// sentence about it.
std::string keep_finished(Run& run, std::int64_t step) {
  if (run.step != step || step == 0 || fs::exists(run.folder.checkpoint(step))) return "";
  run.optimizer->zero_grad();  // memory for the copies that are written
  try {
    return fmt::format(
        " Step {} is kept in '{}': resume_from_checkpoint = \"latest\" goes on from there.", step,
        save_checkpoint(run).string());
  } catch (const std::exception& fault) {
    return fmt::format(" The checkpoint of step {} could not be written: {}", step, fault.what());
  }
}

/// `work`; what it throws (an image that cannot be read, memory that runs out) loses no finished
/// step.
template <class Work>
auto keeping_steps(Run& run, Work work) {
  const std::int64_t finished = run.step;
  try {
    return with_memory_advice(fmt::format("Step {}", finished + 1), memory_advice(run.options),
                              work);
  } catch (const Error& error) {
    throw Error(error.what() + keep_finished(run, finished), error.kind());
  } catch (...) {
    keep_finished(run, finished);
    throw;
  }
}

nlohmann::ordered_json metrics_of(const Run& run, const StepResult& result, double seconds) {
  return {{"step", run.step},
          {"loss", result.total},
          {"completion_loss", result.loss.completion_loss},
          {"severity_loss", result.loss.severity_loss},
          {"order_loss", result.loss.order_loss},
          {"opinion_loss", result.loss.opinion_loss},
          {"teacher_loss", result.loss.teacher_loss},
          {"mean_token_accuracy", result.loss.token_accuracy},
          {"grad_norm", result.grad_norm},
          {"learning_rate", run.options.optimizer.learning_rate * result.factor},
          {"num_tokens", run.tokens},
          {"step_time", seconds}};
}

std::string metrics_line(const nlohmann::ordered_json& m) {
  return fmt::format(
      "step {:>6}  loss {:.4f}  completion {:.4f}  severity {:.4f}  opinion {:.4f}  teacher {:.4f} "
      " "
      "accuracy {:.3f}  norm {:.2f}  lr {:.1e}  {:.2f} s",
      m["step"].get<std::int64_t>(), m["loss"].get<double>(), m["completion_loss"].get<double>(),
      m["severity_loss"].get<double>(), m["opinion_loss"].get<double>(),
      m["teacher_loss"].get<double>(), m["mean_token_accuracy"].get<double>(),
      m["grad_norm"].get<double>(), m["learning_rate"].get<double>(), m["step_time"].get<double>());
}

void evaluate(Run& run, const SftListener& listen) {
  const SftOptions& options = run.options;
  const auto tell = [&](const auto& report) {
    run.folder.append_metrics(report.metrics(run.step));
    listen(report.line(run.step));
  };
  if (!options.validation_photos.empty()) {
    SynthOptions plain = options.synth;
    plain.augment = false;
    plain.camera = 0;
    tell(evaluate_severities(*run.model, run.head,
                             PhotoSet(options.validation_photos, options.image), plain,
                             run.prompt_template, run.processor->patches));
  }
  if (run.judged)
    tell(evaluate_opinions(*run.model, run.head, *run.judged, run.prompt_template,
                           run.processor->patches));
}

}  // namespace

SftResult train_sft(const SftOptions& options, const Progress& progress,
                    const SftListener& listen) {
  require(options.objective == "completion" || options.dataset == "synth",
          "The objective 'severity' needs the data set 'synth', which knows how severe each defect "
          "is.");
  require(options.opinions.empty() || options.dataset == "synth",
          "Opinions are learnt beside simulated pictures: dataset must be 'synth', not '{}'.",
          options.dataset);
  require(options.teacher.empty() || options.objective == "severity",
          "A teacher teaches the vision tower alone: objective must be 'severity', not '{}'.",
          options.objective);
  require(options.decisive_weight > 0 || (options.order_weight == 0 && options.misjudged == 0),
          "order_weight and misjudged are about answers asked for softly: give decisive_weight a "
          "value above 0 too.");
  Run run = start(options);
  const std::unique_ptr<SftSource> source = open_source(run);
  measure_teacher(run, *source);
  const std::int64_t size = options.per_device_train_batch_size;
  const auto make_batch = [&](std::uint64_t index) {
    std::vector<SftSample> samples;
    for (std::int64_t i = 0; i < size; ++i) {
      samples.push_back(
          source->sample(index * static_cast<std::uint64_t>(size) + static_cast<std::uint64_t>(i)));
    }
    return pack_samples(std::move(samples), *run.model);
  };
  const auto first = static_cast<std::uint64_t>(run.step * options.gradient_accumulation_steps);
  Prefetcher<PackedBatch> batches(make_batch, first,
                                  static_cast<int>(options.dataloader_num_workers), 6);

  SftResult result;
  if (const auto latest = run.folder.latest_checkpoint())
    result.checkpoint = run.folder.checkpoint(*latest);
  if (run.step >= options.max_steps)
    listen(fmt::format("Nothing to do: the run in '{}' has taken its {} steps.",
                       run.folder.path().string(), options.max_steps));
  if (progress) progress("training", run.step, options.max_steps);
  while (run.step < options.max_steps && !result.interrupted) {
    const auto began = Clock::now();
    const StepResult step = keeping_steps(run, [&] { return take_step(run, batches); });
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    if (step.skipped)
      listen(fmt::format("step {:>6}  skipped: loss or gradient is not finite", run.step));
    if (run.step % options.logging_steps == 0 || run.step == options.max_steps) {
      const auto metrics = metrics_of(run, step, seconds);
      run.folder.append_metrics(metrics);
      listen(metrics_line(metrics));
    }
    if (options.eval_steps > 0 && run.step % options.eval_steps == 0) evaluate(run, listen);
    result.interrupted = progress && !progress("training", run.step, options.max_steps);
    if (run.step % options.save_steps == 0 || run.step == options.max_steps || result.interrupted) {
      result.checkpoint = save_checkpoint(run);
    }
  }
  if (options.final_bf16 && !result.interrupted)
    save_judge(run, run.folder.path() / "final", at::kBFloat16);
  result.steps = run.step;
  return result;
}

}  // namespace juror
