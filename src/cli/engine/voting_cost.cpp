#include "cli/engine/voting_cost.h"

#include <algorithm>

#include "base/error.h"
#include "bench/product.h"
#include "cli/doctor.h"
#include "engine/estimate.h"
#include "grpo/step_flops.h"

namespace juror {
namespace {

/// Memory that the process takes beside what it computes with: libtorch above all.
constexpr double kProgram = 0.3e9;

/// What the machine has for a model; 0: unknown, on a device that is no CPU.
double memory_of(const Compute& compute) {
  return compute.device.is_cpu() ? static_cast<double>(machine_memory_bytes()) : 0;
}

std::string kept_in(const Compute& compute) {
  return compute.weight_bits > 0 ? fmt::format("int{}", compute.weight_bits)
                                 : dtype_name(compute.dtype);
}

/// The same weights in fewer bits, the most first.
std::vector<Compute> smaller(const Compute& compute) {
  std::vector<Compute> others;
  if (compute.weight_bits == 0 && compute.dtype == at::kFloat)
    others.push_back({.device = compute.device, .dtype = at::kBFloat16});
  for (const int bits : {8, 4}) {
    if (compute.weight_bits == 0 || bits < compute.weight_bits)
      others.push_back(
          {.device = compute.device, .dtype = fastest_dtype(compute.device), .weight_bits = bits});
  }
  return others;
}

EngineWork work_of(const PlanVoter& voter, const VotingPlan& plan) {
  return {.prompts = plan.prompts,
          .prompt_tokens = voter.longest_prompt(),
          .prompt_patches = voter.most_patches(),
          .patches = plan.pictures * static_cast<double>(voter.most_patches()) / 2,
          .completions = plan.completions,
          .completion_tokens = plan.row_tokens};
}

/// A quarter of the pixels.
EngineWork with_smaller_pictures(EngineWork work, const ModelConfig& model) {
  const std::int64_t less = work.prompt_patches * 3 / 4;
  work.prompt_patches -= less;
  work.prompt_tokens -= less / model.vision.merged_patches();
  work.patches /= 4;
  return work;
}

/// Other choices, one at a time, whose peak fits into `room`.
std::vector<std::string> what_fits(const JudgeSizes& sizes, const EngineWork& work, double room) {
  std::vector<std::string> ways;
  const auto offer = [&](const std::string& way, const JudgeSizes& other, const EngineWork& less) {
    const double peak = engine_memory(other.model, other.compute, other.engine, less).peak();
    if (peak + kProgram <= room) ways.push_back(fmt::format("{} ({:.1f} GB)", way, peak / 1e9));
  };
  for (const Compute& compute : smaller(sizes.compute)) {
    JudgeSizes other = sizes;
    other.compute = compute;
    offer("--dtype " + kept_in(compute), other, work);
  }
  if (sizes.engine.batch_rows > 8 && work.completions > 8) {
    JudgeSizes other = sizes;
    other.engine.batch_rows = 8;
    offer("--batch-rows 8", other, work);
  }
  offer("pictures of half the side", sizes, with_smaller_pictures(work, sizes.model));
  return ways;
}

}  // namespace

VotingCost voting_cost(const JudgeSizes& sizes, const PlanVoter& voter, const VotingPlan& plan) {
  const EngineWork work = work_of(voter, plan);
  const EngineMemory memory = engine_memory(sizes.model, sizes.compute, sizes.engine, work);
  const EngineFlops flops = engine_flops(sizes.model, work);
  const bool is_cpu = sizes.compute.device.is_cpu();
  const double speed =
      measure_peak_flops(sizes.compute.dtype == at::kBFloat16, sizes.compute.device).by_wall;
  const double rows = std::min(work.completions, static_cast<double>(sizes.engine.batch_rows));
  const double steps =
      rows > 0 ? work.completions / rows * static_cast<double>(plan.row_tokens) : 0;
  const double reading = is_cpu && steps > 0 ? steps * memory.weights / read_bandwidth(1) : 0;
  VotingCost cost{.vision_s = flops.vision / speed,
                  .prompts_s = flops.prefill / speed,
                  .completions_s = std::max(flops.decode / speed, reading),
                  .weights = memory.weights,
                  .pictures = memory.pictures,
                  .caches = memory.caches(),
                  .activations = memory.activations(),
                  .peak = memory.peak(),
                  .machine = memory_of(sizes.compute),
                  .dtype = kept_in(sizes.compute),
                  .device = sizes.compute.device.str(),
                  .would_fit = {}};
  if (!cost.fits()) cost.would_fit = what_fits(sizes, work, cost.machine);
  return cost;
}

void require_memory_for(const JudgeSizes& sizes, const std::string& model) {
  const double room = memory_of(sizes.compute), need = weight_bytes(sizes.model, sizes.compute);
  if (room <= 0 || need + kProgram <= room) return;
  const std::vector<std::string> ways = what_fits(sizes, {}, room);
  throw Error(
      fmt::format("The weights of '{}' take {:.1f} GB in {}, and this machine has {:.1f} GB. {}",
                  model, need / 1e9, kept_in(sizes.compute), room / 1e9,
                  ways.empty() ? "A smaller model is needed."
                               : fmt::format("What would fit: {}.", fmt::join(ways, "; "))),
      ErrorKind::kModel);
}

}  // namespace juror
