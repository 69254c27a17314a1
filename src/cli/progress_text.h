// The words of a progress line. Pure: knows no clock and no terminal.
#pragma once

#include <cstdint>
#include <string>

namespace juror {

/// Where a stage stands. `begun_at` > 0 when earlier work was resumed: it does not count for the
/// speed.
struct StagePlace {
  std::string stage;  ///< what is counted: "comparisons"
  std::int64_t done = 0;
  std::int64_t total = 0;  ///< 0: unknown
  std::int64_t begun_at = 0;
  double seconds = 0;  ///< since the stage began
};

/// "comparisons 12/45, 27 %, 3.1/s, 0:11 left"
std::string progress_text(const StagePlace& place);

/// "0:07", "12:30", "3:02:10"
std::string duration_text(double seconds);

}  // namespace juror
