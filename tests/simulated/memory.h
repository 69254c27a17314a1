// Memory of the simulated accelerator: one arena that is mapped twice, closed where tensors see it
// and open where kernels and copies work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace juror::simulated {

/// Blocks of one reserved stretch of addresses, first fit. Nobody can touch memory there; the same
/// memory stands readable and writable at `host_address`. (Opening and closing pages around every
/// kernel instead took ten times the time of the kernels.)
class Arena {
 public:
  static Arena& instance();

  /// Throws c10::OutOfMemoryError above the limit. A block of 0 bytes has an address too.
  void* allocate(std::size_t bytes);
  void release(void* block);

  void set_limit(std::uint64_t bytes) { limit_ = bytes; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t peak_bytes() const { return peak_; }
  void reset_peak() { peak_ = bytes_; }

  /// Where kernels and copies find what stands at a device address.
  void* host_address(const void* device) const {
    return open_ + (static_cast<const std::byte*>(device) - base_);
  }

 private:
  Arena();

  std::mutex mutex_;
  std::byte *base_ = nullptr, *open_ = nullptr;
  std::map<std::size_t, std::size_t> free_, used_;  // begin -> bytes
  std::uint64_t bytes_ = 0, peak_ = 0, limit_ = 0;
};

}  // namespace juror::simulated
