#include "cli/engine/judge.h"

#include <ATen/ATen.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <chrono>

#include "base/model_folder.h"
#include "cli/engine/engine_chat.h"
#include "judge/engine/engine_voter.h"
#include "model/lora_folder.h"
#include "serve/judge_service.h"

namespace juror {
namespace {

double parameters_of(const TextConfig& text) {
  const double width = static_cast<double>(text.width);
  return static_cast<double>(text.layers) *
         (width * static_cast<double>((2 * text.heads + 2 * text.kv_heads) * text.head_size) +
          3 * width * static_cast<double>(text.mlp_width));
}

VotingCost cost_of(const TextConfig& text, const VotingPlan& plan) {
  const double tokens = plan.prompt_tokens + plan.completion_tokens;
  const double pair_tokens = plan.prompt_tokens / std::max(1.0, plan.prompts) * plan.orders;
  return {.seconds = 2 * parameters_of(text) * tokens / measured_flops(),
          .cache_bytes = 8.0 * static_cast<double>(text.layers * text.kv_heads * text.head_size) *
                         (pair_tokens + static_cast<double>(plan.rows * plan.row_tokens))};
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
  PromptTemplate prompt_template = template_of_model(folder, options.prompt_template);
  auto voter = EngineVoter::load(folder, options.compute, {.batch_rows = options.judge.batch_rows});
  const TextConfig text = voter->model().config().text;
  return {.judge = std::make_unique<Judge>(std::move(voter), std::move(prompt_template)),
          .model = options.model,
          .folder = folder,
          .cost = [text](const VotingPlan& plan) { return cost_of(text, plan); },
          .server = {},
          .model_hash = [folder] { return whole_model_hash(folder); },
          .torch = TORCH_VERSION};
}

ServedModel load_served_model(const JudgingOptions& options, std::int64_t cache_mb,
                              Context& context) {
  const std::filesystem::path folder = find_model(options.model);
  context.terminal.say(LogLevel::kInfo,
                       fmt::format("Model {}, seed {}", folder.string(), context.global.seed));
  EngineOptions engine{.batch_rows = options.judge.batch_rows};
  if (cache_mb > 0) {  // keys and values of a prompt take about three times what its pictures do
    engine.cache_bytes = static_cast<std::uint64_t>(cache_mb) * 3 << 18;
    engine.feature_bytes = static_cast<std::uint64_t>(cache_mb) << 18;
  }
  auto voter = EngineVoter::load(folder, options.compute, engine);
  auto chat = std::make_unique<EngineChat>(*voter);
  const auto check = [shown = voter.get()](const Image& view) { shown->check(view); };
  return {.judge = std::make_unique<Judge>(std::move(voter),
                                           template_of_model(folder, options.prompt_template)),
          .chat = std::move(chat),
          .check = check};
}

}  // namespace juror
