// What this process holds in memory, as the kernel counts it (Linux).
#pragma once

#include <cstdint>
#include <string>

namespace juror {

/// The value of a line "VmHWM:    1234 kB" of /proc/PID/status, in bytes; 0 if there is no such
/// line.
std::int64_t status_bytes(const std::string& status, const std::string& key);

std::int64_t resident_bytes();  ///< now; mapped files count where they were touched
std::int64_t peak_bytes();      ///< the most since the start or the last `reset_peak`

/// Lets the peak begin anew at what is held now. Returns false where the kernel refuses.
bool reset_peak();

}  // namespace juror
