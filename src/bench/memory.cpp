#include "bench/memory.h"

#include <fstream>
#include <sstream>

namespace juror {
namespace {

/// /proc's files have no size to ask for, so they are read as a stream.
std::string own_status() {
  std::ostringstream text;
  text << std::ifstream("/proc/self/status").rdbuf();
  return text.str();
}

}  // namespace

std::int64_t status_bytes(const std::string& status, const std::string& key) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ":")) {
      std::int64_t kilobytes = 0;
      std::istringstream(line.substr(key.size() + 1)) >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return 0;
}

std::int64_t resident_bytes() { return status_bytes(own_status(), "VmRSS"); }
std::int64_t peak_bytes() { return status_bytes(own_status(), "VmHWM"); }

bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;  // proc(5): resets the peak resident set size
  return static_cast<bool>(file);
}

}  // namespace juror
