// A GRPO run in files: checkpoint-N with weights or adapters, optimizer, state, and the groups of a
// cycle that is not finished.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "grpo/run.h"

namespace juror {

/// Writes checkpoint-STEP whole, or leaves nothing under that name; then deletes the oldest beyond
/// the limit. `metrics` are of the step: with an evaluation among them it may be the best so far.
std::filesystem::path save_grpo_checkpoint(GrpoRun& run, const nlohmann::ordered_json& metrics);

/// Brings a run that has just started to where the checkpoint was written; what was written after
/// it goes. Throws Error for a checkpoint of another run.
void restore_grpo_checkpoint(GrpoRun& run, const std::filesystem::path& checkpoint);

/// The groups of a cycle as JSON: what they were shown by index, completions, log-probs,
/// advantages, and what was read of them. Exact to the bit.
std::string groups_to_json(const std::vector<CollectedGroup>& groups);
/// The same groups again, their prompts made from the run's source. Throws Error naming `file` for
/// what is no such JSON.
std::vector<CollectedGroup> groups_from_json(const GrpoRun& run, const std::string& text,
                                             const std::string& file);

}  // namespace juror
