// Memory that many threads share: a limit that is kept by refusing.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace juror {

class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t most) : most_(most) {}

  /// A part of the budget, given back when it goes.
  class Share {
   public:
    Share() = default;
    Share(ByteBudget* budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->used_ -= bytes_;
    }
    explicit operator bool() const { return budget_ != nullptr; }

   private:
    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  /// An empty share when there is no room; what alone is larger than the budget gets in alone.
  Share take(std::uint64_t bytes) {
    std::uint64_t used = used_;
    do {
      if (used > 0 && used + bytes > most_) return {};
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return {this, bytes};
  }
  std::uint64_t used() const { return used_; }

 private:
  const std::uint64_t most_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace juror
