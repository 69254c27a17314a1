// Learning-rate schedules, by the names that transformers gives them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

#include "base/options.h"

namespace juror {

struct ScheduleOptions {
  std::string lr_scheduler_type = "warmup_stable_decay";
  std::int64_t warmup_steps = 100;
  double decay_ratio = 0.3;

  template <class Field>
  void fields(Field&& field) {
    field("lr_scheduler_type", lr_scheduler_type, "How the learning rate moves after the warm-up",
          OneOf{{"constant", "linear", "cosine", "warmup_stable_decay"}});
    field("warmup_steps", warmup_steps, "Steps in which the learning rate rises from 0",
          Range{0, 1e9});
    field("decay_ratio", decay_ratio, "Share of the steps that decay to 0 (warmup_stable_decay)",
          Range{0, 1});
  }
};

/// Factor on the learning rate at `step` (0-based) of `steps`, in [0, 1].
inline double learning_rate_factor(const ScheduleOptions& options, std::int64_t step,
                                   std::int64_t steps) {
  const double warm = options.warmup_steps == 0
                          ? 1.0
                          : std::min(1.0, static_cast<double>(step + 1) /
                                              static_cast<double>(options.warmup_steps));
  const double left =
      static_cast<double>(steps - step) / static_cast<double>(std::max<std::int64_t>(1, steps));
  if (options.lr_scheduler_type == "linear") return std::min(warm, left);
  if (options.lr_scheduler_type == "cosine")
    return std::min(warm, 0.5 * (1.0 + std::cos(std::numbers::pi * (1.0 - left))));
  if (options.lr_scheduler_type == "constant" || options.decay_ratio == 0) return warm;
  return std::min({warm, 1.0, left / options.decay_ratio});
}

}  // namespace juror
