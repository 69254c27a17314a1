// Memory of the simulated accelerator: one arena that the host may touch only while it is open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace juror::simulated {

/// Blocks of one reserved stretch of addresses, first fit. Its pages are open (readable and
/// writable) while any `Open` lives, and closed else.
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

  void open();
  void close();

 private:
  Arena();
  void protect(int protection) const;

  std::mutex mutex_;
  std::byte* base_ = nullptr;
  std::map<std::size_t, std::size_t> free_, used_;  // begin -> bytes
  std::size_t end_ = 0;                             // pages behind it were never used
  int depth_ = 0;
  std::uint64_t bytes_ = 0, peak_ = 0, limit_ = 0;
};

/// While it lives the host may touch device memory: around kernels and copies.
struct Open {
  Open() { Arena::instance().open(); }
  ~Open() { Arena::instance().close(); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
};

}  // namespace juror::simulated
