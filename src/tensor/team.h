// Threads that share short loops: decoding has some thousand a second. libtorch's own (OpenMP)
// gives each thread its part beforehand and waits for the slowest, so one thread that another
// process keeps from its core stops all of them.
#pragma once

#include <cstdint>
#include <functional>

namespace juror {

/// Calls work(i) once for every i of [0, count), in this thread and in as many others as libtorch
/// may use (at::get_num_threads). Whoever is free takes the next i: a thread that comes late finds
/// nothing left to do. Returns when all are done. `work` must not throw; count < 2^20.
void share_loop(std::int64_t count, const std::function<void(std::int64_t)>& work);

}  // namespace juror
