#include "train/step_bench.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <ctime>
#include <optional>

#include "base/random.h"
#include "generate/rollout.h"
#include "model/lora.h"
#include "train/estimate.h"
#include "train/grpo_step.h"

namespace juror {
namespace {

constexpr std::uint64_t kSeed = 7;

class Clock {
 public:
  /// Time since the start or the last call.
  PartTime lap() {
    const PartTime now = read();
    const PartTime passed{now.wall_s - last_.wall_s, now.cpu_s - last_.cpu_s};
    last_ = now;
    return passed;
  }

 private:
  static PartTime read() {
    timespec cpu{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double>(wall).count(),
            static_cast<double>(cpu.tv_sec) + 1e-9 * static_cast<double>(cpu.tv_nsec)};
  }
  PartTime last_ = read();
};

/// Samples G completions of R tokens for every group.
void sample(const Qwen25Vl& model, const ReadPrompts& prompts, const StepBenchOptions& options,
            std::vector<Group>& groups) {
  std::vector<DecodeRow> rows;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::int64_t k = 0; k < options.generations; ++k) {
      rows.push_back(
          {.prefix = g,
           .name = {.seed = kSeed, .prompt = g, .sample = static_cast<std::uint64_t>(k)}});
    }
  }
  const DecodeOptions decoding{
      .sampling = {.max_new_tokens = options.tokens},
      .banned = banned_tokens(model.config(), model.config().text.vocabulary)};
  std::vector<Completion> completions =
      rollout(model, prompts.prefixes, rows, decoding, static_cast<std::int64_t>(rows.size()));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    groups[rows[r].prefix].samples.push_back({.token_ids = std::move(completions[r].token_ids),
                                              .old_logps = std::move(completions[r].logprobs)});
  }
}

void draw_rewards(std::int64_t generations, std::vector<Group>& groups) {
  const auto count = static_cast<std::int64_t>(groups.size()) * generations;
  const Tensor rewards = at::empty({count}, at::kFloat);
  Random random{kSeed};
  for (std::int64_t i = 0; i < count; ++i) rewards[i] = random.uniform();
  const Advantages advantages = group_advantages(rewards, generations, "group");
  std::int64_t row = 0;
  for (Group& group : groups) {
    for (Sample& one : group.samples)
      one.advantage = one.decision_advantage = advantages.values[row++].item<double>();
  }
}

}  // namespace

StepTime time_grpo_step(Qwen25Vl& model, AdamW& optimizer, bool trains_tower,
                        const std::vector<ModelInput>& prompts, const StepBenchOptions& options) {
  StepTime time;
  std::vector<Group> groups;
  for (const ModelInput& prompt : prompts) groups.push_back({.prompts = {prompt}});
  const bool keep = options.keep_prompts && options.shared_prefix;
  FeatureCache features;
  FeatureCache* frozen_tower = trains_tower ? nullptr : &features;

  Clock clock;
  std::optional<MergedAdapters> merged;
  if (!adapted_layers(model).empty()) merged.emplace(model);
  std::optional<ReadPrompts> read;
  {
    const c10::AutoGradMode grad(keep);
    read = read_prompts(model, groups, keep ? frozen_tower : &features);
  }
  for (const Prefix& prefix : read->prefixes) time.tokens_computed += prefix.length;
  time.images_encoded = read->images_encoded;
  sample(model, *read, options, groups);
  merged.reset();
  if (!keep) read.reset();
  draw_rewards(options.generations, groups);
  time.rollout = clock.lap();

  optimizer.zero_grad();
  const MicroBatchOptions batch{.pass = {.shared_prefix = options.shared_prefix}, .loss = {}};
  const MicroBatchResult result =
      accumulate_gradients(model, groups, batch, {.batch_tokens = active_tokens(groups, false)},
                           read ? &*read : nullptr, frozen_tower);
  time.images_encoded += result.images_encoded + features.images_encoded();
  time.tokens_computed += result.tokens_computed;
  time.loss = clock.lap();
  optimizer.clip_gradients();
  optimizer.step(1.0);
  time.optimizer = clock.lap();
  return time;
}

double loss_flops(const ModelConfig& config, const std::vector<ModelInput>& prompts,
                  const StepBenchOptions& options, bool lora) {
  const double backward = lora ? 1 : 2;  // through activations, and to weights
  const auto generations = static_cast<double>(options.generations);
  double sum = 0;
  for (const ModelInput& prompt : prompts) {
    const auto length = static_cast<std::int64_t>(prompt.token_ids.size());
    for (const auto& image : prompt.images) {
      const PromptShape shape{.patch_rows = image->grid.h, .patch_columns = image->grid.w};
      if (!lora) sum += backward * vision_flops(config.vision, shape).total();
    }
    sum += backward * prompt_flops(config.text, length).total();
    sum += (1 + backward) * generations *
           completion_flops(config.text, length, options.tokens).total();
    sum += (1 + backward) * head_flops(config.text, options.generations * options.tokens).total();
  }
  return sum;
}

double gemm_peak_flops() {
  constexpr std::int64_t kSide = 2048;
  const c10::NoGradGuard no_grad;
  const Tensor a = at::randn({kSide, kSide}), b = at::randn({kSide, kSide});
  double best = 0;
  for (int i = 0; i < 5; ++i) {
    Clock clock;
    const Tensor c = at::mm(a, b);
    best = std::max(best, 2.0 * kSide * kSide * kSide / clock.lap().cpu_s);
  }
  return best;
}

}  // namespace juror
