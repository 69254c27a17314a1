#include "tensor/allocator.h"

#include <malloc.h>

namespace juror {

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kNever = -1, kTopPad = 64 << 20;
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, kNever);
  mallopt(M_TOP_PAD, kTopPad);
#endif
}

}  // namespace juror
