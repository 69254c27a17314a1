#include "grpo/step_flops.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <set>

#include "grpo/estimate.h"
#include "train/part_clock.h"

namespace juror {
namespace {

void add_images(const VisionConfig& config, const ModelInput& prompt, const TrainedParts& trained,
                std::set<std::uint64_t>& seen, NeededFlops& flops) {
  for (const auto& image : prompt.images) {
    if (!seen.insert(image->key).second) continue;
    const Flops forward =
        vision_flops(config, {.patch_rows = image->grid.h, .patch_columns = image->grid.w});
    flops.vision += forward.total();
    if (trained.tower) flops.backward += backward_flops(forward, trained.weights);
  }
}

}  // namespace

NeededFlops needed_flops(const ModelConfig& config, const std::vector<const Group*>& groups,
                         const TrainedParts& trained) {
  NeededFlops flops;
  std::set<std::uint64_t> seen;
  for (const Group* group : groups) {
    for (const ModelInput& prompt : group->prompts) {
      add_images(config.vision, prompt, trained, seen, flops);
      const Flops read =
          prompt_flops(config.text, static_cast<std::int64_t>(prompt.token_ids.size()));
      flops.prompts += read.total();
      flops.backward += backward_flops(read, trained.weights);
    }
    for (const Sample& sample : group->samples) {
      const auto length = static_cast<std::int64_t>(group->prompts[sample.prompt].token_ids.size());
      const auto tokens = static_cast<std::int64_t>(sample.token_ids.size());
      const Flops written = completion_flops(config.text, length, tokens),
                  head = head_flops(config.text, tokens);
      flops.decode += written.total() + head.total();
      flops.completions += written.total() + head.total();
      flops.backward +=
          backward_flops(written, trained.weights) + backward_flops(head, trained.weights);
    }
  }
  return flops;
}

PeakFlops measure_peak_flops(bool bf16, const at::Device& device) {
  // a CPU without bfloat16 units is slow at it
  const std::int64_t side = !device.is_cpu() ? 8192 : bf16 ? 512 : 2048;
  constexpr double kLongEnough_s = 0.1;
  const c10::NoGradGuard no_grad;
  const auto type = at::TensorOptions(device).dtype(bf16 ? at::kBFloat16 : at::kFloat);
  const Tensor a = at::ones({side, side}, type), b = at::ones({side, side}, type);
  const double flops = 2.0 * static_cast<double>(side * side * side);
  PeakFlops best;
  for (double passed = 0; passed < kLongEnough_s;) {
    PartClock clock;
    const Tensor c = at::mm(a, b);
    if (!device.is_cpu()) c[0][0].item();  // waits for the product
    const PartTime time = clock.lap();
    best.by_wall = std::max(best.by_wall, flops / time.wall_s);
    best.by_cpu = std::max(best.by_cpu, flops / time.cpu_s);
    passed += time.wall_s;
  }
  return best;
}

}  // namespace juror
