#include "grpo/log.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "grpo/metrics.h"
#include "grpo/step_flops.h"
#include "records/completion.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

double peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

std::int64_t prompt_tokens(const CollectedGroup& one) {
  std::int64_t tokens = 0;
  for (const Sample& sample : one.group.samples)
    tokens += static_cast<std::int64_t>(one.group.prompts[sample.prompt].token_ids.size());
  return tokens;
}

double number(const Json& metrics, const char* key) {
  return metrics.contains(key) ? metrics[key].get<double>() : std::nan("");
}

double wall_time_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::vector<Scalar> scalars_of(const Json& metrics) {
  std::vector<Scalar> scalars;
  for (const auto& [key, value] : metrics.items()) {
    if (key != "step" && value.is_number())
      scalars.push_back({.name = key, .value = value.get<double>()});
  }
  return scalars;
}

std::string row(const Json& m) {
  std::string line = fmt::format(
      "step {:>5}  reward {:.4f} ±{:.3f}  loss {:+.4f}  norm {:.2f}  entropy {:.3f}  length {:.1f} "
      " {:.2f} s",
      m["step"].get<std::int64_t>(), number(m, "reward"), number(m, "reward_std"),
      number(m, "loss"), number(m, "grad_norm"), number(m, "entropy"),
      number(m, "completions/mean_length"), number(m, "step_time"));
  if (m.contains("kl")) line += fmt::format("  kl {:.4f}", number(m, "kl"));
  return line;
}

std::string eval_row(const Json& m) {
  return fmt::format(
      "step {:>5}  held-out accuracy {:.1f} % ({:.1f} - {:.1f})  Brier {:.4f}  flips {:.1f} %  "
      "unread {:.1f} %",
      m["step"].get<std::int64_t>(), 100 * number(m, "eval/accuracy"),
      100 * number(m, "eval/accuracy_ci_low"), 100 * number(m, "eval/accuracy_ci_high"),
      number(m, "eval/brier"), 100 * number(m, "eval/flip_rate"),
      100 * number(m, "eval/invalid_rate"));
}

/// perf/mfu of the whole step and perf/mfu_loss of its loss passes.
void add_mfu(const GrpoRun& run, const StepWork& work, Json& metrics) {
  std::vector<const Group*> groups;
  for (const CollectedGroup& one : run.cycle) groups.push_back(&one.group);
  const NeededFlops needed = needed_flops(
      run.model->config(), groups, {.weights = !run.config.use_peft, .tower = run.trains_tower});
  const bool encodes = work.samples || run.trains_tower;  // else the features stand in a cache
  const double read = needed.prompts + (run.trains_tower ? needed.vision : 0);
  const double loss = needed.loss() + (work.reads_again ? read : 0);
  const double step = needed.loss() + needed.prompts + (encodes ? needed.vision : 0) +
                      (work.samples ? needed.decode : 0);
  metrics["perf/mfu"] = step / work.step_s / run.peak_flops;
  metrics["perf/mfu_loss"] = loss / work.loss_s / run.peak_flops;
}

/// One completion of a group. `rewards` names them.
LoggedCompletion logged(const CollectedGroup& one, const Extreme& extreme,
                        const std::vector<std::string>& rewards) {
  const std::size_t k = extreme.place;
  const Verdict& verdict = one.reads[k].verdict;
  LoggedCompletion completion{.id = one.pair.id, .prompt = one.pair.prompt};
  completion.swapped = one.swapped[k];
  completion.vote_share = one.pair.vote_share.value_or(std::nan(""));
  completion.rank = extreme.rank;
  completion.group_size = static_cast<double>(one.reads.size());
  completion.thinking = verdict.thinking;
  completion.answer = verdict.answer;
  completion.status = name(verdict.status);
  completion.p = verdict.p;
  completion.reward = one.reward[k];
  for (std::size_t r = 0; r < one.rewards.size(); ++r)
    completion.rewards.emplace_back(rewards[r], one.rewards[r][k]);
  completion.advantage = one.group.samples[k].advantage;
  return completion;
}

std::string completion_row(const CollectedGroup& one, const Extreme& extreme) {
  const Verdict& verdict = one.reads[extreme.place].verdict;
  return fmt::format("  {}  {:>5} of {}: “{}” -> {} (p {:.3f})  reward {:.3f}  advantage {:+.2f}",
                     one.pair.id, extreme.rank, one.reads.size(), verdict.thinking, verdict.answer,
                     verdict.p, one.reward[extreme.place],
                     one.group.samples[extreme.place].advantage);
}

/// Whether no step of the cycle before `step` had its row: completions are logged once.
bool is_first_row_of_cycle(std::int64_t step, const GrpoConfig& config) {
  const std::int64_t cycle = (step - 1) / config.num_iterations * config.num_iterations;
  return (step - 1) / config.logging_steps * config.logging_steps <= cycle;
}

}  // namespace

std::int64_t cycle_tokens(const GrpoRun& run) {
  std::int64_t tokens = 0;
  for (const CollectedGroup& one : run.cycle) {
    tokens += prompt_tokens(one);
    for (const Sample& sample : one.group.samples)
      tokens += static_cast<std::int64_t>(sample.token_ids.size());
  }
  return tokens;
}

void add_rollout_metrics(const GrpoRun& run, Json& metrics) {
  std::vector<const Group*> groups;
  for (const CollectedGroup& one : run.cycle) groups.push_back(&one.group);
  add_reward_metrics(reward_row(run.cycle), run.config.num_generations, metrics);
  add_reward_parts(run.config.scoring.reward_funcs, run.cycle, metrics);
  add_completion_metrics(groups, metrics);
  add_verdict_metrics(run.cycle, metrics);
}

void add_dynamic_sampling_metrics(const DynamicSampling& dynamic, Json& metrics) {
  metrics["dynamic_sampling/rounds"] = dynamic.rounds;
  metrics["dynamic_sampling/groups_sampled"] = dynamic.sampled;
  metrics["dynamic_sampling/dropped_zero_std"] = dynamic.zero_std;
  metrics["dynamic_sampling/dropped_mean"] = dynamic.mean;
  metrics["dynamic_sampling/kept_anyway"] = dynamic.kept_anyway;
}

void add_work_metrics(const GrpoRun& run, const StepWork& work, Json& metrics) {
  const std::int64_t naive = cycle_tokens(run);
  std::int64_t images = 0;
  for (const CollectedGroup& one : run.cycle) {
    for (const Sample& sample : one.group.samples)
      images += static_cast<std::int64_t>(one.group.prompts[sample.prompt].images.size());
  }
  metrics["num_tokens"] = run.tokens;
  if (const auto round = run.source->round())
    metrics["epoch"] = static_cast<double>(run.cursor) / static_cast<double>(*round);
  metrics["step_time"] = work.step_s;
  metrics["timing_s/rollout"] = work.rollout_s;
  metrics["timing_s/reward"] = work.reward_s;
  metrics["timing_s/loss"] = work.loss_s;
  metrics["timing_s/optimizer"] = work.optimizer_s;
  metrics["perf/tokens_per_s"] = static_cast<double>(naive) / std::max(1e-9, work.step_s);
  if (work.tokens_computed > 0)
    metrics["perf/prefix_token_ratio"] =
        static_cast<double>(naive) / static_cast<double>(work.tokens_computed);
  metrics["perf/vision_passes"] = work.images_encoded;
  metrics["perf/images_requested"] = images;
  metrics["perf/peak_rss_bytes"] = peak_rss_bytes();
  add_mfu(run, work, metrics);
}

void GrpoLog::write_completions(std::int64_t step) {
  const auto count = std::min<std::size_t>(
      static_cast<std::size_t>(run_.config.num_completions_to_print), run_.cycle.size());
  for (std::size_t g = 0; g < count; ++g) {
    const CollectedGroup& one = run_.cycle[g];
    const auto pictures = run_.source->pictures(one.index);
    for (const Extreme& extreme : extremes_of(one.reward)) {
      LoggedCompletion completion = logged(one, extreme, run_.config.scoring.reward_funcs);
      completion.step = static_cast<double>(step);
      completion.images = {pictures.begin(), pictures.end()};
      completions_.append(completion_json(completion));
      listen_(completion_row(one, extreme));
    }
  }
}

GrpoLog::GrpoLog(const GrpoRun& run, RunFolder& folder, GrpoListener listen)
    : run_(run),
      folder_(folder),
      listen_(std::move(listen)),
      completions_(folder.path() / "completions.jsonl"),
      events_(folder.path(), run.step == 0 ? 0 : run.step + 1, wall_time_s()) {}

void GrpoLog::write(const Json& metrics, const std::vector<std::string>& alarms) {
  folder_.append_metrics(metrics);
  events_.append(metrics["step"].get<std::int64_t>(), wall_time_s(), scalars_of(metrics));
  const auto step = metrics["step"].get<std::int64_t>();
  for (const std::string& alarm : alarms) {
    folder_.append_metrics({{"step", step}, {"alarm", alarm}});
    listen_(fmt::format("step {:>5}  alarm: {}", step, alarm));
  }
  if (metrics.value("skipped", false))
    listen_(fmt::format(
        "step {:>5}  skipped: loss or gradient is not finite; see nonfinite-{}.json", step, step));
  if (metrics.contains("eval/accuracy")) listen_(eval_row(metrics));
  if (step == 0 || (step % run_.config.logging_steps != 0 && step != run_.config.max_steps)) return;
  listen_(row(metrics));
  if (is_first_row_of_cycle(step, run_.config)) write_completions(step);
}

}  // namespace juror
