// How the C library hands out memory. Training allocates and frees the same large buffers every
// step.
#pragma once

namespace juror {

/// From now on freed memory is kept and used again instead of being given back to the kernel, which
/// would clear every page anew. For programs that train; a no-op where the C library is not glibc.
void keep_freed_memory();

/// While it lives, large blocks that are freed go back to the system at once: what a model needs on
/// its way from file to layers would else leave holes among the weights, a gigabyte at 3B. Ends
/// glibc's own adapting of what is large: blocks of 32 MB and more from then on. Does nothing after
/// `keep_freed_memory` and where the C library is not glibc.
class FreedMemoryGoesBack {
 public:
  FreedMemoryGoesBack();
  ~FreedMemoryGoesBack();
  FreedMemoryGoesBack(const FreedMemoryGoesBack&) = delete;
  FreedMemoryGoesBack& operator=(const FreedMemoryGoesBack&) = delete;
};

}  // namespace juror
