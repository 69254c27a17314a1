// One ranking under way, which several requests may wait for, and a request's hold on it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "serve/rank_work.h"

namespace juror {

using ServiceClock = std::chrono::steady_clock;

/// What requests and the thread that owns the models know of a ranking.
class RankState {
 public:
  RankTask task;  // until it is begun
  std::string model, key;
  ServiceClock::time_point submitted = ServiceClock::now(), began{};
  std::unique_ptr<RankWork> work;  // of the thread that owns the models
  std::atomic<int> tickets{0};
  bool was_remembered = false;

  void tell(std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex_);
    done_ = done;
    total_ = total;
    change_.notify_all();
  }
  void end(std::shared_ptr<const RankOutcome> outcome, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
    error_ = std::move(error);
    is_over_ = true;
    change_.notify_all();
  }
  void wait(std::size_t done, ServiceClock::time_point until) {
    std::unique_lock lock(mutex_);
    change_.wait_until(lock, until, [&] { return is_over_ || (total_ > 0 && done_ > done); });
  }
  std::shared_ptr<const RankOutcome> outcome() {
    const std::lock_guard lock(mutex_);
    if (error_) std::rethrow_exception(error_);
    return outcome_;
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return is_over_;
  }
  std::pair<std::size_t, std::size_t> progress() {
    const std::lock_guard lock(mutex_);
    return {done_, total_};
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::size_t done_ = 0, total_ = 0;
  bool is_over_ = false;
  std::shared_ptr<const RankOutcome> outcome_;
  std::exception_ptr error_;
};

/// A request's hold on a ranking: when the last one goes, nobody wants the ranking and it ends.
class RankTicket {
 public:
  explicit RankTicket(std::shared_ptr<RankState> state);
  ~RankTicket();
  RankTicket(RankTicket&& other) noexcept : state_(std::move(other.state_)) {}
  RankTicket& operator=(RankTicket&&) = delete;

  /// Waits until there is an outcome, or progress beyond `done` comparisons, or the time is over.
  void wait(std::size_t done, ServiceClock::time_point until) const;
  /// The outcome if it is there; throws what the ranking ended with.
  std::shared_ptr<const RankOutcome> outcome() const;
  std::size_t done() const;
  std::size_t total() const;  ///< 0 while it waits
  bool was_remembered() const;

 private:
  std::shared_ptr<RankState> state_;
};

}  // namespace juror
