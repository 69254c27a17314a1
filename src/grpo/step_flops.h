// What a step must compute, in floating-point operations of the very groups that it has, and how
// many the machine can do: numerator and denominator of perf/mfu.
#pragma once

#include <vector>

#include "grpo/group.h"
#include "model/config.h"

namespace juror {

/// What of a model is trained.
struct TrainedParts {
  bool weights = true;  ///< false: adapters, whose own products are not counted
  bool tower = true;
};

/// The least that a step on some groups takes: every image through the tower once, every prompt
/// read once, logits computed once. Recomputation does not count: it lowers the share of the peak.
struct NeededFlops {
  double vision = 0, prompts = 0;  ///< forward
  double decode = 0;               ///< completions token by token, logits included
  double completions = 0;          ///< forward in the loss pass, logits included
  double backward = 0;             ///< of all of these but decoding

  double loss() const { return completions + backward; }
  double step() const { return vision + prompts + decode + loss(); }
};

/// The products of frozen listeners and references are not among them.
NeededFlops needed_flops(const ModelConfig& config, const std::vector<const Group*>& groups,
                         const TrainedParts& trained);

/// Floating-point operations a second of a large matrix product on the device (a CPU with the
/// threads that libtorch uses): by the clock on the wall, and by CPU time (all threads together).
/// `bf16`: multiplied in bfloat16, else in fp32. Takes a fraction of a second.
struct PeakFlops {
  double by_wall = 0, by_cpu = 0;
};
PeakFlops measure_peak_flops(bool bf16, const at::Device& device = at::kCPU);

}  // namespace juror
