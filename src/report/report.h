// `juror report FOLDER`: what a folder is, and its page.
#pragma once

#include <filesystem>
#include <string>

#include "report/picture.h"

namespace juror {

enum class ReportKind { kTraining, kEvaluation };

/// "training", "evaluation".
std::string_view name(ReportKind kind);

/// A folder with metrics.jsonl is a training run, one with summary.json and journal.jsonl an
/// evaluation. Throws Error that says what was looked for, and what to do about an evaluation
/// without a summary.
ReportKind report_kind(const std::filesystem::path& folder);

/// The page of the folder, one self-contained HTML document. Throws Error with file and line.
std::string report_html(const std::filesystem::path& folder, const PictureTools& tools);

}  // namespace juror
