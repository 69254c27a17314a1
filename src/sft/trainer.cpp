// The loop: samples -> packed batch -> loss -> backward -> AdamW -> a line of metrics. Nothing here
// knows what a sample is.
#include "sft/trainer.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/prefetch.h"
#include "sft/checkpoint.h"
#include "sft/opinion_eval.h"
#include "sft/run.h"
#include "sft/severity_eval.h"
#include "tensor/mixed_precision.h"
#include "tensor/out_of_memory.h"
#include "train/training_compute.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What the teacher's features are measured in: their spread over the first samples.
void measure_teacher(SftRun& run, const SftSource& source) {
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
StepResult take_step(SftRun& run, Prefetcher<PackedBatch>& batches) {
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
      "gradient_accumulation_steps keep the step as it is), gradient_checkpointing = true, bf16 = "
      "true, use_peft = true, or smaller pictures "
      "(max_pixels in preprocessor_config.json).",
      options.per_device_train_batch_size);
}

/// Writes a checkpoint of the last finished step, which `step` was, unless it is there. Returns a
/// sentence about it.
std::string keep_finished(SftRun& run, std::int64_t step) {
  if (run.step != step || step == 0 || fs::exists(run.folder.checkpoint(step))) return "";
  run.optimizer->zero_grad();  // memory for the copies that are written
  try {
    return fmt::format(
        " Step {} is kept in '{}': resume_from_checkpoint = \"latest\" goes on from there.", step,
        save_sft_checkpoint(run).string());
  } catch (const std::exception& fault) {
    return fmt::format(" The checkpoint of step {} could not be written: {}", step, fault.what());
  }
}

/// `work`; what it throws (an image that cannot be read, memory that runs out) loses no finished
/// step.
template <class Work>
auto keeping_steps(SftRun& run, Work work) {
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

nlohmann::ordered_json metrics_of(const SftRun& run, const StepResult& result, double seconds) {
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

void evaluate(SftRun& run, const SftListener& listen) {
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
  require(!options.use_peft || (options.objective == "completion" && !options.final_bf16 &&
                                options.model_name_or_path != "new"),
          "use_peft trains adapters of the language model of a model that is there: the objective "
          "must be 'completion', final_bf16 off and model_name_or_path not 'new'.");
  training_compute({.device = "cpu", .dtype = options.dtype},  // throws for what cannot train
                   {.adapters = options.use_peft, .mixed = options.bf16}, /*parameters=*/0);
  require(options.teacher.empty() || options.objective == "severity",
          "A teacher teaches the vision tower alone: objective must be 'severity', not '{}'.",
          options.objective);
  require(options.decisive_weight > 0 || (options.order_weight == 0 && options.misjudged == 0),
          "order_weight and misjudged are about answers asked for softly: give decisive_weight a "
          "value above 0 too.");
  SftRun run = start_sft_run(options);
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
      result.checkpoint = save_sft_checkpoint(run);
    }
  }
  if (options.final_bf16 && !result.interrupted)
    save_judge(run, run.folder.path() / "final", at::kBFloat16);
  result.steps = run.step;
  return result;
}

}  // namespace juror
