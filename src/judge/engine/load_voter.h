// A model folder as a voter: what it computes in, and the template that goes with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "judge/engine/engine_voter.h"
#include "judge/template.h"
#include "tensor/compute_options.h"
#include "tensor/device.h"

namespace juror {

/// Loads a model folder, or an adapter folder with its base model. Throws Error.
std::unique_ptr<EngineVoter> load_engine_voter(const std::filesystem::path& folder,
                                               const ComputeOptions& compute = {},
                                               EngineOptions options = {});

/// What a judge of this folder computes in.
Compute judging_compute(const std::filesystem::path& folder, const ComputeOptions& options);

/// The template that goes with a model folder: an adapter's own, else its base model's (see
/// find_template).
PromptTemplate template_of_model(const std::filesystem::path& folder,
                                 const std::string& prompt_template);

}  // namespace juror
