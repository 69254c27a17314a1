// The report of an evaluation's folder.
#pragma once

#include <filesystem>
#include <string>

#include "report/picture.h"

namespace juror {

/// Reads summary.json and journal.jsonl and returns the page. Pictures come out of the data
/// set by `tools.read`; what that does not have is looked for as a file in the data set's folder,
/// the working folder and the evaluation's folder. Throws Error with file and line, or key.
std::string evaluation_report(const std::filesystem::path& folder, const PictureTools& tools);

}  // namespace juror
