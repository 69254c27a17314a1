#include "bench/step.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <optional>

#include "base/random.h"
#include "engine/engine.h"
#include "grpo/step.h"
#include "model/lora.h"

namespace juror {
namespace {

constexpr std::uint64_t kSeed = 7;

/// Samples G completions of R tokens for every group.
void sample(const Model& model, const PrefilledPrompts& prompts, const StepBenchOptions& options,
            std::vector<Group>& groups) {
  const auto rows = static_cast<std::int64_t>(groups.size()) * options.generations;
  Engine engine(borrowed(model), {.batch_rows = rows});
  const BannedTokens banned = banned_tokens(model.config(), model.config().text.vocabulary);
  std::vector<Request> requests;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    requests.push_back({.prefix = std::make_shared<const Prefix>(prompts.prefixes[g])});
    requests.back().options.sampling.max_new_tokens = options.tokens;
    requests.back().options.banned = banned;
    for (std::int64_t k = 0; k < options.generations; ++k)
      requests.back().samples.push_back(
          {.seed = kSeed, .prompt = g, .sample = static_cast<std::uint64_t>(k)});
  }
  std::vector<Result> results = engine.run(std::move(requests));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (Completion& completion : results[g].completions)
      groups[g].samples.push_back({.token_ids = std::move(completion.token_ids),
                                   .old_logps = std::move(completion.logprobs)});
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

StepTime time_grpo_step(Model& model, AdamW& optimizer, bool trains_tower,
                        const std::vector<ModelInput>& prompts, const StepBenchOptions& options) {
  StepTime time;
  std::vector<Group> groups;
  for (const ModelInput& prompt : prompts) groups.push_back({.prompts = {prompt}});
  const bool keep = options.keep_prompts && options.shared_prefix;
  FeatureCache features;
  FeatureCache* frozen_tower = trains_tower ? nullptr : &features;

  PartClock clock;
  std::optional<MergedAdapters> merged;
  if (!adapted_layers(model).empty()) merged.emplace(model);
  std::optional<PrefilledPrompts> prefilled;
  {
    const c10::AutoGradMode grad(keep);
    prefilled = prefill_groups(model, groups, keep ? frozen_tower : &features);
  }
  time.tokens_computed += prefilled->tokens();
  time.images_encoded = prefilled->images_encoded;
  sample(model, *prefilled, options, groups);
  merged.reset();
  if (!keep) prefilled.reset();
  draw_rewards(options.generations, groups);
  time.rollout = clock.lap();

  const UpdateOptions update{
      .batch = {.pass = {.shared_prefix = options.shared_prefix}, .loss = {}},
      .reduction = {.batch_tokens = active_tokens(groups, false)},
      .groups_per_pass = groups.size()};
  const Update result =
      update_policy(model, optimizer, groups, std::move(prefilled), update, frozen_tower);
  time.images_encoded += result.images_encoded + features.images_encoded();
  time.tokens_computed += result.tokens_computed;
  time.loss = result.loss_time;
  time.optimizer = result.optimizer_time;
  std::vector<const Group*> pointers;
  for (const Group& group : groups) pointers.push_back(&group);
  time.flops = needed_flops(model.config(), pointers,
                            {.weights = adapted_layers(model).empty(), .tower = trains_tower});
  return time;
}

}  // namespace juror
