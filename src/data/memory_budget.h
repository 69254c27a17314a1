// How much may be held at once by rows that are decoded ahead of their turn.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace juror {

/// Lets turns 0, 1, 2, … in, one after the other, while all that were let in hold at most `most`
/// bytes; one that needs more comes in alone. Since turns are in order, whoever takes them in order
/// never waits for one that cannot come. Safe to use from several threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::int64_t most) : most_(most) {}

  /// Waits for the turn and for room. Returns false, without having taken any, once closed.
  bool admit(std::uint64_t turn, std::int64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [&] { return closed_ || (turn == next_ && (held_ == 0 || held_ + bytes <= most_)); });
    if (closed_) return false;
    held_ += bytes;
    ++next_;
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  void release(std::int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      held_ -= bytes;
    }
    changed_.notify_all();
  }

  /// Wakes all who wait, for good.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  const std::int64_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t held_ = 0;
  std::uint64_t next_ = 0;
  bool closed_ = false;
};

}  // namespace juror
