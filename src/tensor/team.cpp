#include "tensor/team.h"

#include <ATen/Parallel.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace juror {
namespace {

using Clock = std::chrono::steady_clock;
/// How long a thread looks for work before it sleeps: the time between two matrix products of a
/// small model.
constexpr std::chrono::microseconds kPatience{100};

constexpr int kIndexBits = 20;
constexpr std::uint64_t kMask = (1U << kIndexBits) - 1;

/// What is to be done, in one word that changes at once: the number of the loop, its length, and
/// the next index to take. Taking is adding one.
struct Ticket {
  std::uint64_t word = 0;
  std::uint64_t next() const { return word & kMask; }
  std::uint64_t count() const { return (word >> kIndexBits) & kMask; }
  bool has_work() const { return next() < count(); }
  Ticket following(std::uint64_t count) const {
    const std::uint64_t loop = (word >> (2 * kIndexBits)) + 1;
    return {(loop << (2 * kIndexBits)) | (count << kIndexBits)};
  }
};

void pause_briefly() {
#ifdef __x86_64__
  __builtin_ia32_pause();
#endif
}

/// Looks for a while. Returns whether it came true. (To yield instead costs more where others wait:
/// who sleeps is woken ahead of them, who yields stands behind them.)
template <class Condition>
bool comes_soon(Condition&& is_true) {
  const auto until = Clock::now() + kPatience;
  while (!is_true()) {
    if (Clock::now() > until) return false;
    pause_briefly();
  }
  return true;
}

class Team {
 public:
  ~Team() {
    stopping_ = true;
    ticket_.store(Ticket{ticket_}.following(0).word);
    ticket_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void run(std::int64_t count, std::size_t helpers, const std::function<void(std::int64_t)>& work) {
    while (threads_.size() < helpers) threads_.emplace_back([this] { help(); });
    work_ = &work;
    done_.store(0, std::memory_order_relaxed);
    const auto length = static_cast<std::uint64_t>(count);
    ticket_.store(Ticket{ticket_}.following(length).word, std::memory_order_release);
    ticket_.notify_all();
    while (take_one()) {
    }
    const auto is_done = [&] { return done_.load(std::memory_order_acquire) == length; };
    if (comes_soon(is_done)) return;
    for (std::uint64_t seen = done_; seen != length; seen = done_) done_.wait(seen);
  }

  std::mutex in_use;

 private:
  void help() {
    while (!stopping_) {
      if (take_one()) continue;
      const Ticket seen{ticket_};
      if (!seen.has_work() && !comes_soon([&] { return ticket_ != seen.word; }))
        ticket_.wait(seen.word);
    }
  }

  /// Does the next piece of the present loop; false if none is left. Whose piece is not done the
  /// loop is not over, so `work_` is the piece's.
  bool take_one() {
    if (!Ticket{ticket_}.has_work()) return false;
    const Ticket taken{ticket_.fetch_add(1, std::memory_order_acq_rel)};
    if (!taken.has_work()) return false;
    (*work_)(static_cast<std::int64_t>(taken.next()));
    if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == taken.count()) done_.notify_all();
    return true;
  }

  std::atomic<std::uint64_t> ticket_{0}, done_{0};
  std::atomic<bool> stopping_{false};
  const std::function<void(std::int64_t)>* work_ = nullptr;
  std::vector<std::thread> threads_;
};

}  // namespace

void share_loop(std::int64_t count, const std::function<void(std::int64_t)>& work) {
  assert(count < (std::int64_t{1} << kIndexBits) - 1024);  // threads that come late add one each
  static Team team;
  const auto helpers = static_cast<std::size_t>(at::get_num_threads()) - 1;
  std::unique_lock<std::mutex> mine(team.in_use, std::defer_lock);
  if (helpers > 0 && count > 1 && !at::in_parallel_region() && mine.try_lock()) {
    team.run(count, helpers, work);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) work(i);
}

}  // namespace juror
