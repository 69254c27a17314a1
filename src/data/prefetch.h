// Makes the items of a sequence ahead of time on a few threads and hands them out in order, so that
// a trainer never waits for its images.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace juror {

/// Calls `make(index)` for index = first, first + 1, … on `threads` threads, at most `depth` items
/// ahead of `next()`. `make` must be safe to call from several threads. One consumer. Throws Error
/// (kSystem) where no thread can be started.
template <class T>
class Prefetcher {
 public:
  Prefetcher(std::function<T(std::uint64_t)> make, std::uint64_t first, int threads, int depth)
      : make_(std::move(make)),
        claimed_(first),
        wanted_(first),
        depth_(static_cast<std::uint64_t>(depth < 1 ? 1 : depth)) {
    start(threads < 1 ? 1 : static_cast<std::size_t>(threads));
  }
  /// Waits for the items in the making and drops them.
  ~Prefetcher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The next item in order. What `make` threw for that index is thrown here, after all items
  /// before it.
  T next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return ready_.contains(wanted_); });
    Item item = std::move(ready_.extract(wanted_).mapped());
    ++wanted_;
    lock.unlock();
    room_.notify_all();
    if (item.error) std::rethrow_exception(item.error);
    return std::move(*item.value);
  }

 private:
  struct Item {
    std::optional<T> value;
    std::exception_ptr error;
  };

  /// Where the system gives fewer threads, those are enough; without one it throws.
  void start(std::size_t threads) {
    threads_.reserve(threads);
    try {
      while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& fault) {
      if (threads_.empty())
        throw Error(fmt::format("No thread could be started: {}.", fault.code().message()),
                    ErrorKind::kSystem);
    }
  }

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return stopping_ || claimed_ < wanted_ + depth_; });
      if (stopping_) return;
      const std::uint64_t index = claimed_++;
      lock.unlock();
      Item item = run(index);
      lock.lock();
      ready_.emplace(index, std::move(item));
      lock.unlock();
      arrived_.notify_one();
    }
  }

  Item run(std::uint64_t index) {
    Item item;
    try {
      item.value.emplace(make_(index));
    } catch (...) {
      item.error = std::current_exception();
    }
    return item;
  }

  std::function<T(std::uint64_t)> make_;
  std::mutex mutex_;
  std::condition_variable room_, arrived_;
  std::map<std::uint64_t, Item> ready_;
  std::uint64_t claimed_, wanted_;
  const std::uint64_t depth_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace juror
