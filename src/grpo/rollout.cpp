#include "grpo/rollout.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "grpo/reference.h"
#include "train/part_clock.h"

namespace juror {
namespace {

/// The next pair that can be read; those before it are counted (unreadable_image = "skip").
CollectedGroup next_pair(GrpoRun& run, Pairs& pairs, std::int64_t& unreadable) {
  constexpr std::int64_t kMostInARow = 1000;
  for (std::int64_t tries = 0; tries < kMostInARow; ++tries) {
    const std::uint64_t index = run.cursor++;
    if (auto pair = readable_pair(pairs.next(), run.config.skips_unreadable()))
      return {.pair = std::move(*pair), .index = index};
    ++unreadable;
  }
  throw Error(fmt::format("{} pairs in a row could not be read.", kMostInARow));
}

std::vector<CollectedGroup> next_groups(GrpoRun& run, Pairs& pairs, std::size_t count,
                                        std::int64_t& unreadable) {
  std::vector<CollectedGroup> groups;
  while (groups.size() < count) {
    groups.push_back(next_pair(run, pairs, unreadable));
    groups.back().group = pair_group(run.policy(), groups.back().pair, run.config.both_orders);
  }
  return groups;
}

/// Prompts of `collected`, prefilled with gradients if the update may use them.
PrefilledPrompts prefill_for_rollout(GrpoRun& run, const std::vector<CollectedGroup>& collected,
                                     bool keep) {
  const c10::AutoGradMode grad(keep);
  return prefill_groups(*run.model, groups_of(collected),
                        keep ? frozen_tower(run) : &run.engine->features());
}

void sample_groups(GrpoRun& run, bool keep, std::vector<CollectedGroup>& groups, Rollout& result) {
  const GrpoConfig& c = run.config;
  PartClock clock;
  PrefilledPrompts prompts = prefill_for_rollout(run, groups, keep);
  result.tokens_computed += prompts.tokens();
  result.images_encoded += prompts.images_encoded;
  sample_completions(*run.engine, run.policy(),
                     {.num_generations = c.num_generations,
                      .both_orders = c.both_orders,
                      .seed = static_cast<std::uint64_t>(c.seed),
                      .step = static_cast<std::uint64_t>(run.step)},
                     prompts, groups);
  if (keep) result.prompts = std::move(prompts);
  result.rollout_s += clock.lap().wall_s;
}

void reward_groups(GrpoRun& run, std::vector<CollectedGroup>& groups, Rollout& result) {
  const GrpoConfig& c = run.config;
  PartClock clock;
  if (run.listener) run.listener->listen(run.processor->tokenizer, groups);
  score_groups(c.scoring, c.loss.scale_rewards, c.max_completion_length, groups);
  if (c.loss.beta > 0) add_reference(run, groups);
  result.reward_s += clock.lap().wall_s;
}

/// Moves the groups that stay to the result, and counts those that do not.
void keep_groups(const GrpoConfig& config, bool is_last, std::vector<CollectedGroup>& fresh,
                 Rollout& result) {
  DynamicSampling& count = result.dynamic;
  ++count.rounds;
  count.sampled += static_cast<std::int64_t>(fresh.size());
  for (CollectedGroup& one : fresh) {
    const Dropped reason = dropped(one.reward, config);
    if (reason == Dropped::kNot || is_last) {
      count.kept_anyway += reason != Dropped::kNot;
      result.groups.push_back(std::move(one));
    } else {
      ++(reason == Dropped::kZeroStd ? count.zero_std : count.mean);
    }
  }
}

}  // namespace

Dropped dropped(std::span<const double> rewards, const GrpoConfig& config) {
  const auto [least, most] = std::minmax_element(rewards.begin(), rewards.end());
  if (*least == *most) return Dropped::kZeroStd;
  const double mean =
      std::accumulate(rewards.begin(), rewards.end(), 0.0) / static_cast<double>(rewards.size());
  return config.filter_low < mean && mean < config.filter_high ? Dropped::kNot : Dropped::kMean;
}

PassOptions pass_options(const GrpoRun& run) {
  PassOptions options{.temperature = run.config.temperature,
                      .shared_prefix = run.config.shared_prefix,
                      .bf16 = run.config.bf16};
  if (run.config.scoring.answer_gradient == "exact") {
    const auto ids =
        make_verdict_parser(run.processor->tokenizer, run.prompt_template, Opening::kThink)
            .choice_ids;
    options.choice_ids = {ids.begin(), ids.end()};
  }
  return options;
}

FeatureCache* frozen_tower(GrpoRun& run) {
  return run.trains_tower ? nullptr : &run.engine->features();
}

Rollout collect_rollout(GrpoRun& run, Pairs& pairs) {
  const GrpoConfig& c = run.config;
  Rollout result;
  std::optional<MergedAdapters> merged;
  if (c.use_peft) merged.emplace(*run.model);
  const auto wanted = static_cast<std::size_t>(c.groups_per_step());
  for (std::int64_t round = 0; result.groups.size() < wanted; ++round) {
    std::vector<CollectedGroup> fresh =
        next_groups(run, pairs, wanted - result.groups.size(), result.unreadable);
    sample_groups(run, c.reuses_prompts(), fresh, result);
    reward_groups(run, fresh, result);
    keep_groups(c, /*is_last=*/round == c.dynamic_sampling_tries, fresh, result);
  }
  if (c.dynamic_sampling_tries > 0)
    score_groups(c.scoring, c.loss.scale_rewards, c.max_completion_length,
                 result.groups);  // the batch that stayed
  return result;
}

}  // namespace juror
