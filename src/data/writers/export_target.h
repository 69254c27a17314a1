// An export under way: groups go in, and a file or a folder appears when it is finished, or
// nothing.
#pragma once

#include <filesystem>
#include <memory>

#include "data/writers/writer.h"

namespace juror {

class ExportTarget {
 public:
  virtual ~ExportTarget() = default;
  /// Throws Error: a picture that cannot be read, a disk that is full.
  virtual void add(const ExportGroup& group) = 0;
  virtual void finish() = 0;
};

/// Begins an export. `format` must outlive it. Throws Error: a folder where a file should be, or
/// the other way round, or no permission.
std::unique_ptr<ExportTarget> begin_export(const ExportFormat& format,
                                           const std::filesystem::path& out,
                                           const WriterOptions& options);

}  // namespace juror
