// XMP sidecars beside the pictures themselves.
#pragma once

#include <cstdint>

#include "data/writers/judged_group.h"

namespace juror {

/// Writes a sidecar beside every picture of the groups that come. One that exists holds somebody's
/// edits: it stays as it is, with a warning.
class SidecarWriter {
 public:
  SidecarWriter(bool stem, std::int64_t keep) : stem_(stem), keep_(keep) {}
  /// Throws Error for a picture that is no file.
  void add(const JudgedGroup& group);
  std::int64_t kept() const { return kept_; }  ///< sidecars that were there before

 private:
  bool stem_;
  std::int64_t keep_, kept_ = 0;
};

}  // namespace juror
