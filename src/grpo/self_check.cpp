#include "grpo/self_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/error.h"
#include "grpo/rollout.h"

namespace juror {
namespace {

/// Nats by which log-probs of the shared pass, the naive one and sampling may differ: in fp32 the
/// largest, in bf16, whose single log-probs are off by tenths in a large model, their mean.
constexpr double kLargestPassDifference = 1e-3, kMeanPassDifferenceBf16 = 0.1;

}  // namespace

double check_passes(GrpoRun& run, const Group& group) {
  PassOptions options = pass_options(run);
  options.bf16 = false;  // what is checked is positions and masks
  FeatureCache fresh;
  const Tensor shared = policy_logps(*run.model, std::span(&group, 1), options, &fresh);
  options.shared_prefix = false;
  const Tensor naive = policy_logps(*run.model, std::span(&group, 1), options, nullptr);
  std::vector<float> sampled;
  for (const Sample& sample : group.samples)
    sampled.insert(sampled.end(), sample.old_logps.begin(), sample.old_logps.end());
  const bool is_exact = run.compute.dtype == at::kFloat;
  const auto distance = [&](const Tensor& other) {
    const Tensor difference = (shared - other).abs();
    return (is_exact ? difference.max() : difference.mean()).item<double>();
  };
  const double difference = std::max(distance(naive), distance(at::tensor(sampled)));
  const double most = is_exact ? kLargestPassDifference : kMeanPassDifferenceBf16;
  require(difference < most,
          "Self-check: sampling, the pass with a shared prefix and the naive pass differ by {:.2e} "
          "nats{} on the first group; at most {:.0e} is expected. "
          "This is a fault of Juror; shared_prefix = false trains without the shared pass.",
          difference, is_exact ? "" : " on average", most);
  return (shared - naive).abs().max().item<double>();
}

}  // namespace juror
