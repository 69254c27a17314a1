#include "grpo/keep_finished.h"

#include <nlohmann/json.hpp>

#include "grpo/checkpoint.h"

namespace juror {

std::string keep_finished(GrpoRun& run, const Finished& finished) {
  if (run.step != finished.step || finished.step == 0) return "";
  run.cursor = finished.cursor;
  try {
    run.optimizer->zero_grad();  // memory for the copies that are written
    run.weights_changed();
    return fmt::format(
        " Step {} is kept in '{}': resume_from_checkpoint = \"latest\" goes on from there.",
        finished.step, save_grpo_checkpoint(run, {}).string());
  } catch (const std::exception& fault) {
    return fmt::format(" The checkpoint of step {} could not be written: {}", finished.step,
                       fault.what());
  }
}

}  // namespace juror
