// The loop. What a step does stands in `take_step`; the run's state in run.h, its checkpoints in
// checkpoint.h.
#include "grpo/trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "grpo/checkpoint.h"
#include "grpo/keep_finished.h"
#include "grpo/log.h"
#include "grpo/memory_advice.h"
#include "grpo/metrics.h"
#include "grpo/pair_eval.h"
#include "grpo/reference.h"
#include "grpo/rollout.h"
#include "grpo/self_check.h"
#include "grpo/step.h"
#include "model/weights.h"
#include "tensor/out_of_memory.h"
#include "train/part_clock.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

double learning_rate_factor_of(const GrpoRun& run) {
  return learning_rate_factor(run.config.schedule, run.step, run.config.max_steps);
}

/// The update with the cycle's groups, behind `prompts` if they are prefilled.
Update update(GrpoRun& run, std::optional<PrefilledPrompts> prompts) {
  const GrpoConfig& c = run.config;
  const std::vector<Group> all = groups_of(run.cycle);
  const LossReduction reduction{
      .batch_tokens = active_tokens(all, c.loss.mask_truncated_completions),
      .micro_batches = c.gradient_accumulation_steps,
      .max_completion_length = c.max_completion_length};
  const UpdateOptions options{
      .batch = {.pass = pass_options(run), .loss = c.loss, .use_old_logps = c.num_iterations > 1},
      .reduction = reduction,
      .groups_per_pass = static_cast<std::size_t>(c.groups_per_pass()),
      .learning_rate_factor = learning_rate_factor_of(run)};
  const Update result = update_policy(*run.model, *run.optimizer, all, std::move(prompts), options,
                                      frozen_tower(run));
  run.weights_changed();
  return result;
}

/// One optimizer step; returns its metrics.
Json take_step(GrpoRun& run, Pairs& pairs) {
  PartClock clock;
  const std::int64_t encoded = run.engine->stats().images_encoded;
  Json metrics = {{"step", run.step + 1}};
  Rollout rollout;
  const bool samples = run.begins_cycle();
  if (samples) {
    rollout =
        with_memory_advice(fmt::format("The rollout of step {}", run.step + 1),
                           rollout_advice(run.config), [&] { return collect_rollout(run, pairs); });
    run.cycle = std::move(rollout.groups);
    if (run.step == 0 && run.config.shared_prefix)
      metrics["shared_prefix/max_abs_logp_diff"] = check_passes(run, run.cycle.front().group);
  }
  const bool reads_again = !rollout.prompts.has_value();
  const double factor = learning_rate_factor_of(run);
  const Update step = with_memory_advice(fmt::format("The loss passes of step {}", run.step + 1),
                                         loss_advice(run.config),
                                         [&] { return update(run, std::move(rollout.prompts)); });
  if (samples) {
    run.tokens += cycle_tokens(run);
    add_rollout_metrics(run, metrics);
  }
  if (samples && run.config.dynamic_sampling_tries > 0)
    add_dynamic_sampling_metrics(rollout.dynamic, metrics);
  add_loss_metrics(step.stats, run.config.loss.beta > 0, run.config.loss.loss_type == "cispo",
                   metrics);
  if (samples) metrics["sampling/logp_difference_max"] = step.largest_logp_difference;
  if (step.skipped)
    write_file_atomic(run.folder.path() / fmt::format("nonfinite-{}.json", run.step + 1),
                      groups_to_json(run.cycle));
  for (CollectedGroup& one : run.cycle) {
    for (Sample& sample : one.group.samples) sample.forget_path();
  }
  ++run.step;
  if (run.reference && run.config.sync_ref_model && run.step % run.config.ref_model_sync_steps == 0)
    sync_reference(run);
  metrics["loss"] = step.loss;
  metrics["grad_norm"] = step.grad_norm;
  metrics["learning_rate"] = run.config.optimizer.learning_rate * factor;
  metrics["skipped"] = step.skipped;
  if (rollout.unreadable > 0) metrics["unreadable_pairs"] = rollout.unreadable;
  add_work_metrics(run,
                   {.rollout_s = rollout.rollout_s,
                    .reward_s = rollout.reward_s,
                    .loss_s = step.loss_time.wall_s,
                    .optimizer_s = step.optimizer_time.wall_s,
                    .step_s = clock.lap().wall_s,
                    .tokens_computed = rollout.tokens_computed + step.tokens_computed,
                    .images_encoded = run.engine->stats().images_encoded - encoded +
                                      rollout.images_encoded + step.images_encoded,
                    .samples = samples,
                    .reads_again = reads_again},
                   metrics);
  return metrics;
}

/// Evaluates if it is time, before the first step and after the last too.
void evaluate_if_due(GrpoRun& run, Json& metrics) {
  if (!run.eval_source ||
      (run.step % run.config.eval_steps != 0 && run.step != run.config.max_steps))
    return;
  const c10::NoGradGuard no_grad;
  std::optional<MergedAdapters> merged;  // as rollouts read them: faster, and the same numbers
  if (run.config.use_peft) merged.emplace(*run.model);
  evaluate_pairs(*run.engine, run.policy(), *run.eval_source,
                 {.pairs = run.config.eval_pairs, .skip_unreadable = run.config.skips_unreadable()})
      .add_to(metrics);
  run.weights_changed();  // what was merged for the evaluation is taken apart again
}

/// What will be done, for people who wait.
std::string plan_of(const GrpoRun& run) {
  const GrpoConfig& c = run.config;
  if (run.step >= c.max_steps)
    return fmt::format("Nothing to do: the run in '{}' has taken its {} steps.",
                       run.folder.path().string(), c.max_steps);
  return fmt::format("Steps {} to {}: {} prompts with {} completions of up to {} tokens each",
                     run.step + 1, c.max_steps, c.groups_per_step(), c.num_generations,
                     c.max_completion_length);
}

}  // namespace

GrpoResult train_grpo(const GrpoConfig& config, const Progress& progress,
                      const GrpoListener& listen) {
  listen(fmt::format("Loading {}", config.model_name_or_path));
  const std::unique_ptr<GrpoRun> run = start_grpo_run(config);
  listen(plan_of(*run));
  GrpoLog log(*run, run->folder, listen);
  const auto write = [&](const Json& metrics) { log.write(metrics, run->alarms.check(metrics)); };
  const auto make = [&](std::uint64_t index) { return try_pair(*run->source, index); };
  Pairs pairs(make, run->cursor, static_cast<int>(config.dataloader_num_workers),
              2 * static_cast<int>(config.groups_per_step()));
  if (run->step == 0 && run->eval_source) {
    Json before = {{"step", 0}};
    listen("Evaluating held-out pairs before the first step");
    evaluate_if_due(*run, before);
    write(before);
  }
  GrpoResult result;
  if (const auto latest = run->folder.latest_checkpoint())
    result.checkpoint = run->folder.checkpoint(*latest);
  if (progress)
    progress("training", run->step, config.max_steps);  // the first step may take minutes
  while (run->step < config.max_steps && !result.interrupted) {
    Json metrics = keeping_steps(*run, [&] { return take_step(*run, pairs); });
    keeping_steps(*run, [&] { evaluate_if_due(*run, metrics); });
    write(metrics);
    result.interrupted = progress && !progress("training", run->step, config.max_steps);
    if (run->step % config.save_steps == 0 || run->step == config.max_steps || result.interrupted)
      result.checkpoint = save_grpo_checkpoint(*run, metrics);
  }
  result.steps = run->step;
  return result;
}

}  // namespace juror
