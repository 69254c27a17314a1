#include "tensor/allocator.h"

#include <malloc.h>

#include <atomic>

namespace juror {
namespace {

std::atomic<bool> keeps = false;

/// Blocks of so many bytes and more are maps of their own, which end when they are freed; of twice
/// as many the heap's end is given back.
void set_own_maps([[maybe_unused]] int bytes) {
#ifdef __GLIBC__
  if (keeps) return;
  mallopt(M_MMAP_THRESHOLD, bytes);
  mallopt(M_TRIM_THRESHOLD, 2 * bytes);
#endif
}

}  // namespace

void keep_freed_memory() {
  keeps = true;
#ifdef __GLIBC__
  constexpr int kNever = -1, kTopPad = 64 << 20;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, kNever);
  mallopt(M_TOP_PAD, kTopPad);
#endif
}

FreedMemoryGoesBack::FreedMemoryGoesBack() { set_own_maps(1 << 20); }
FreedMemoryGoesBack::~FreedMemoryGoesBack() { set_own_maps(32 << 20); }  // what glibc comes to

}  // namespace juror
