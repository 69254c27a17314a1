// A list of results for programs: one object a line, or CSV.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "cli/output.h"

namespace juror {

/// Formats of a command whose result is a list.
inline const std::vector<Format> kListFormats = {Format::kJson, Format::kJsonl, Format::kCsv};

bool is_rows(Format format);  ///< --jsonl or --csv

/// Prints a list of flat objects with the same keys as JSONL or CSV, whichever was asked for. In
/// CSV (RFC 4180, with a line of keys) null is empty and a list is its JSON.
void print_rows(Output& out, const nlohmann::ordered_json& rows);

}  // namespace juror
