// What goes wrong in a step loses none that was finished.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "grpo/run.h"

namespace juror {

/// Where a run stood when its last step was finished.
struct Finished {
  std::int64_t step;
  std::uint64_t cursor;
};

/// Writes a checkpoint of the last finished step if the run still stands there. Returns a sentence
/// about it.
std::string keep_finished(GrpoRun& run, const Finished& finished);

/// `work`; what it throws (an image that cannot be read, memory that runs out) loses no finished
/// step.
template <class Work>
auto keeping_steps(GrpoRun& run, Work work) {
  const Finished finished{run.step, run.cursor};
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.what() + keep_finished(run, finished), error.kind());
  } catch (...) {
    keep_finished(run, finished);
    throw;
  }
}

}  // namespace juror
