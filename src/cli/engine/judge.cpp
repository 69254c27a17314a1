#include "cli/engine/judge.h"

#include <ATen/ATen.h>
#include <torch/headeronly/version.h>

#include <chrono>

#include "base/model_folder.h"
#include "cli/engine/engine_chat.h"
#include "cli/engine/voting_cost.h"
#include "judge/engine/load_voter.h"
#include "model/lora_folder.h"
#include "serve/judge_service.h"

namespace juror {
namespace {

JudgeSizes sizes_of(const std::filesystem::path& folder, const JudgingOptions& options) {
  return {.model = load_config(base_folder(folder)),
          .compute = judging_compute(folder, options.compute),
          .engine = {.batch_rows = options.judge.batch_rows}};
}

/// A judge that asks nobody, for a plan.
LoadedJudge plan_judge(const std::filesystem::path& folder, const JudgingOptions& options,
                       JudgeSizes sizes) {
  auto voter = std::make_unique<PlanVoter>(load_processor(base_folder(folder), sizes.model));
  const PlanVoter* plan_voter = voter.get();  // lives as long as the judge
  return {.judge = std::make_unique<Judge>(std::move(voter),
                                           template_of_model(folder, options.prompt_template)),
          .model = options.model,
          .folder = folder,
          .cost = [plan_voter, sizes = std::move(sizes)](
                      const VotingPlan& plan) { return voting_cost(sizes, *plan_voter, plan); },
          .server = {},
          .model_hash = [folder] { return whole_model_hash(folder); },
          .torch = TORCH_VERSION};
}

}  // namespace

double measured_flops() {
  const Tensor a = at::rand({512, 512}), b = at::rand({512, 512});
  at::mm(a, b);
  const auto began = std::chrono::steady_clock::now();
  constexpr int kRounds = 10;
  for (int i = 0; i < kRounds; ++i) at::mm(a, b);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return kRounds * 2.0 * 512 * 512 * 512 / seconds;
}

LoadedJudge load_engine_judge(const JudgingOptions& options, Context& context) {
  const std::filesystem::path folder = find_model(options.model);
  context.terminal.say(LogLevel::kInfo,
                       fmt::format("Model {}, seed {}", folder.string(), context.global.seed));
  JudgeSizes sizes = sizes_of(folder, options);
  if (options.dry_run) return plan_judge(folder, options, std::move(sizes));
  require_memory_for(sizes, options.model);
  PromptTemplate prompt_template = template_of_model(folder, options.prompt_template);
  auto voter = load_engine_voter(folder, options.compute, sizes.engine);
  return {.judge = std::make_unique<Judge>(std::move(voter), std::move(prompt_template)),
          .model = options.model,
          .folder = folder,
          .cost = nullptr,
          .server = {},
          .model_hash = [folder] { return whole_model_hash(folder); },
          .torch = TORCH_VERSION};
}

ServedModel load_served_model(const JudgingOptions& options, std::int64_t cache_mb,
                              Context& context) {
  const std::filesystem::path folder = find_model(options.model);
  context.terminal.say(LogLevel::kInfo,
                       fmt::format("Model {}, seed {}", folder.string(), context.global.seed));
  JudgeSizes sizes = sizes_of(folder, options);
  if (cache_mb > 0) {  // keys and values of a prompt take about three times what its pictures do
    sizes.engine.cache_bytes = static_cast<std::uint64_t>(cache_mb) * 3 << 18;
    sizes.engine.feature_bytes = static_cast<std::uint64_t>(cache_mb) << 18;
  }
  require_memory_for(sizes, options.model);
  auto voter = load_engine_voter(folder, options.compute, sizes.engine);
  auto chat = std::make_unique<EngineChat>(*voter);
  const auto check = [shown = voter.get()](const Image& view) { shown->check(view); };
  return {.judge = std::make_unique<Judge>(std::move(voter),
                                           template_of_model(folder, options.prompt_template)),
          .chat = std::move(chat),
          .check = check};
}

}  // namespace juror
