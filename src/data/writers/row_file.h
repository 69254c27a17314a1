// A table of rows as a file: JSON Lines, a JSON list, CSV or parquet. It appears when it is
// finished, or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>

#include "data/writers/writer.h"

namespace juror {

class RowFile {
 public:
  virtual ~RowFile() = default;
  virtual void add(const nlohmann::ordered_json& row) = 0;
  virtual void finish() = 0;
};

/// The table of `format`; in a folder the ending of its name says whether it is a list (.json).
std::unique_ptr<RowFile> open_row_file(const ExportFormat& format,
                                       const std::filesystem::path& file);

/// A value as CSV has it: texts as they stand, quoted where they must be.
std::string csv_cell(const nlohmann::ordered_json& value);

}  // namespace juror
