// Time by parts: on the wall and of the CPU.
#pragma once

#include <chrono>
#include <ctime>

namespace juror {

/// Seconds of a part, on the wall and of the CPU (all threads together).
struct PartTime {
  double wall_s = 0, cpu_s = 0;
};

class PartClock {
 public:
  /// Time since the start or the last call.
  PartTime lap() {
    const PartTime now = read();
    const PartTime passed{now.wall_s - last_.wall_s, now.cpu_s - last_.cpu_s};
    last_ = now;
    return passed;
  }

 private:
  static PartTime read() {
    timespec cpu{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double>(wall).count(),
            static_cast<double>(cpu.tv_sec) + 1e-9 * static_cast<double>(cpu.tv_nsec)};
  }
  PartTime last_ = read();
};

}  // namespace juror
