// juror doctor's look at the machine: /proc and control groups.
#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "cli/doctor.h"
#include "cli/help.h"

namespace juror {
namespace {

std::string read_or_nothing(const char* path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) ? read_file(path) : "";
}

/// What stands behind "key:" or "key   :" in a file of such lines.
std::string value_of(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(key)) continue;
    if (line.find_first_not_of(" \t", key.size()) != colon) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

DoctorLine feature_line(const std::string& cpuinfo) {
  std::istringstream flags(value_of(cpuinfo, "flags"));
  const std::vector<std::string> telling = {"avx2",        "fma",         "f16c",    "avx512f",
                                            "avx512_vnni", "avx512_bf16", "amx_bf16"};
  std::string found;
  bool has_avx2 = false;
  for (std::string flag; flags >> flag;) {
    has_avx2 = has_avx2 || flag == "avx2";
    if (std::count(telling.begin(), telling.end(), flag) > 0)
      found += (found.empty() ? "" : " ") + flag;
  }
  return {"CPU features", found.empty() ? "none of note" : found, has_avx2,
          "Without AVX2 the model runs many times slower; use a CPU made after 2015."};
}

/// CPUs that a control group allows: "200000 100000" means 2; 0 where there is no limit.
double group_cpus() {
  std::istringstream text(read_or_nothing("/sys/fs/cgroup/cpu.max"));
  double quota = 0, period = 0;
  return text >> quota >> period && period > 0 ? quota / period : 0;
}

DoctorLine thread_line() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const bool known = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  const int usable =
      known ? CPU_COUNT(&allowed) : static_cast<int>(std::thread::hardware_concurrency());
  const double limit = group_cpus();
  const bool fits = limit <= 0 || limit + 0.01 >= usable;
  std::string value = fmt::format("{} of {} usable", usable, std::thread::hardware_concurrency());
  if (!fits) value += fmt::format(", but the control group grants {:.1f}", limit);
  return {"threads", value, fits,
          fmt::format("Pass --threads {:.0f}: more threads than CPUs wait for one another.",
                      std::max(1.0, limit))};
}

}  // namespace

std::int64_t free_memory_bytes() {
  std::int64_t free = 0;
  std::istringstream(value_of(read_or_nothing("/proc/meminfo"), "MemAvailable")) >> free;
  free *= 1024;
  std::int64_t limit = 0, used = 0;  // "max" leaves the limit 0
  std::istringstream(read_or_nothing("/sys/fs/cgroup/memory.max")) >> limit;
  std::istringstream(read_or_nothing("/sys/fs/cgroup/memory.current")) >> used;
  return limit > 0 ? std::min(free, std::max<std::int64_t>(0, limit - used)) : free;
}

std::int64_t machine_memory_bytes() {
  std::int64_t all = 0, limit = 0;
  std::istringstream(value_of(read_or_nothing("/proc/meminfo"), "MemTotal")) >> all;
  all *= 1024;
  std::istringstream(read_or_nothing("/sys/fs/cgroup/memory.max")) >> limit;
  return limit > 0 ? std::min(all, limit) : all;
}

std::vector<DoctorLine> machine_lines() {
  const std::string cpuinfo = read_or_nothing("/proc/cpuinfo");
  utsname system{};
  ::uname(&system);
  const auto free = static_cast<double>(free_memory_bytes());
  return {{"Juror", version_text()},
          {"compiler", "g++ " __VERSION__},
          {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
          {"CPU", value_of(cpuinfo, "model name")},
          feature_line(cpuinfo),
          thread_line(),
          {"free memory", fmt::format("{:.1f} GB", free / 1e9), free > 1e9,
           "Less than 1 GB is free: close something."}};
}

}  // namespace juror
