// The report of a training run's folder.
#pragma once

#include <filesystem>
#include <string>

#include "report/picture.h"

namespace juror {

/// Reads config.toml (may be missing), metrics.jsonl and completions.jsonl (may be missing) and
/// returns the page. Pictures are looked for from the working folder, the run folder and the folder
/// of the data set. Throws Error with file and line.
std::string training_report(const std::filesystem::path& folder, const Shrink& shrink);

}  // namespace juror
