// Long work that somebody may stop: then nothing new begins, and what is under way has a moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "base/log.h"
#include "judge/judge.h"

namespace juror {

class StopGrace {
 public:
  /// `progress` may be null and must outlive this.
  StopGrace(const Progress& progress, std::string what)
      : progress_(progress), what_(std::move(what)) {}

  /// Tells progress, which may say stop; after that nothing is told.
  void tell(std::int64_t done, std::int64_t total) {
    if (is_stopped_ || !progress_ || progress_(what_, done, total)) return;
    is_stopped_ = true;
    end_ = Clock::now() + kStopGrace;
  }
  bool is_stopped() const { return is_stopped_; }
  /// Whether what is under way had its time too.
  bool is_over() const { return is_stopped_ && Clock::now() > end_; }

 private:
  using Clock = std::chrono::steady_clock;

  const Progress& progress_;
  std::string what_;
  bool is_stopped_ = false;
  Clock::time_point end_{};
};

}  // namespace juror
