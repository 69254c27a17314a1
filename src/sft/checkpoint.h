// Checkpoints of supervised training: a judge's folder, and beside it the severity head, the
// optimizer and the trainer's state.
#pragma once

#include <filesystem>

#include "sft/run.h"

namespace juror {

/// Weights in `dtype`, or the adapters alone, tokenizer and template: all that a judge needs.
void save_judge(SftRun& run, const std::filesystem::path& folder, at::ScalarType dtype);

/// Of the last finished step. Returns its folder.
std::filesystem::path save_sft_checkpoint(SftRun& run);

/// A head saved beside the weights (by a tower run, or by the checkpoint that is resumed) is
/// continued. Returns whether there is one (older ones say nothing of opinions).
bool load_head(SeverityHead& head, const std::filesystem::path& folder);

/// Step, tokens and optimizer of a checkpoint; the run folder forgets what came after it. Throws
/// Error if the seed is another.
void restore_sft_checkpoint(SftRun& run, const std::filesystem::path& checkpoint);

}  // namespace juror
