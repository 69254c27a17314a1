// How the C library hands out memory. Training allocates and frees the same large buffers every
// step.
#pragma once

namespace juror {

/// From now on freed memory is kept and used again instead of being given back to the kernel, which
/// would clear every page anew. For programs that train; a no-op where the C library is not glibc.
void keep_freed_memory();

}  // namespace juror
