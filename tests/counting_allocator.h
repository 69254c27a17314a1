// The allocator of CPU tensors, counted, and refusing when told to, as it does when memory runs
// out.
#pragma once

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace juror {

class CountingAllocator final : public c10::Allocator {
 public:
  /// Counts from the first call on.
  static CountingAllocator& instance() {
    static CountingAllocator* one = [] {
      auto* made = new CountingAllocator(c10::GetCPUAllocator());
      c10::SetCPUAllocator(made, /*priority=*/1);
      return made;
    }();
    return *one;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    {
      const std::lock_guard lock(mutex_);
      if (failing_ > 0 && bytes > 0 && --failing_ == 0) refuse(bytes);
      peak_ = std::max(peak_, bytes_ += static_cast<std::int64_t>(bytes));
    }
    void* block = below_->raw_allocate(bytes);
    const std::lock_guard lock(mutex_);
    if (block != nullptr) sizes_[block] = static_cast<std::int64_t>(bytes);
    return {block, block, &release, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  /// From now on `peak` tells the most that was held at once above what is held now.
  void begin() { begin_ = peak_ = bytes_; }
  std::int64_t peak() const { return peak_ - begin_; }

  /// The `number`-th allocation from now on fails, once; 0: none does.
  void fail_at(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    failing_ = number;
  }

 private:
  explicit CountingAllocator(c10::Allocator* below) : below_(below) {}

  static void refuse(std::size_t bytes) {
    TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: you tried to allocate ", bytes,
                " bytes. Error code 12 (Cannot allocate memory)");
  }
  static void release(void* block) {
    CountingAllocator& self = instance();
    {
      const std::lock_guard lock(self.mutex_);
      if (const auto found = self.sizes_.find(block); found != self.sizes_.end()) {
        self.bytes_ -= found->second;
        self.sizes_.erase(found);
      }
    }
    if (block != nullptr) self.below_->raw_deallocate(block);
  }

  std::mutex mutex_;
  c10::Allocator* below_;
  std::unordered_map<void*, std::int64_t> sizes_;
  std::int64_t bytes_ = 0, peak_ = 0, begin_ = 0, failing_ = 0;
};

}  // namespace juror
