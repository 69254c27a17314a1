// juror train grpo --dry-run: what a run would take, said before anything is loaded. Works without
// the model's weights.
#pragma once

#include "base/options.h"
#include "cli/command.h"
#include "grpo/config.h"

namespace juror {

struct DryRunOptions {
  bool dry_run = false;
  std::int64_t image_side = 512;
  double tflops = 0;

  template <class Field>
  void fields(Field&& field) {
    field("dry_run", dry_run,
          "Say what a step would take (memory, tokens, time), and stop; needs no weights");
    field("image_side", image_side, "Dry run: height and width of the images to reckon with",
          Range{28, 16384});
    field("tflops", tflops,
          "Dry run: TFLOP/s to reckon with; 0: what this machine reaches, measured", Range{0, 1e6});
  }
};

/// Prints the estimate of a run as a table, or as JSON. The model is one of this machine or a name
/// of configs/models/.
int print_grpo_estimate(const GrpoConfig& config, const DryRunOptions& options, Context& context);

/// Throws Error with what would fit, for a run whose weights, gradients and moments alone are more
/// than this machine's memory.
void require_memory_for(const GrpoConfig& config);

}  // namespace juror
