// A simulated accelerator for tests: libtorch's PrivateUse1 backend under the name "simulated". Its
// memory cannot be touched by the host outside kernels and copies (a stray read ends the process),
// tensors of two devices do not mix, kernels are the CPU's, and every crossing is counted. What it
// cannot prove: speed, and kernels that exist on CUDA alone.
#pragma once

#include <cstdint>

extern "C" {

/// What our own code made the device do; what the fallback to the CPU's kernels copies is not in
/// it.
struct SimulatedCounts {
  std::int64_t host_to_device = 0;    ///< copies of a tensor up
  std::int64_t blocking_uploads = 0;  ///< of these, copies that would wait for the device
  std::int64_t device_to_host = 0;    ///< copies of a tensor down; each waits for the device
  std::int64_t items = 0;             ///< `item()` of a device tensor; each waits for the device
  std::int64_t kernels = 0;           ///< operators
};

/// Registers the backend; once a process, and a second call does nothing.
void simulated_start();
SimulatedCounts simulated_counts();
void simulated_reset_counts();

/// Allocations that would bring the device above this many bytes throw c10::OutOfMemoryError as
/// CUDA's do; 0: no limit.
void simulated_limit_bytes(std::uint64_t bytes);
std::uint64_t simulated_bytes();       ///< allocated now
std::uint64_t simulated_peak_bytes();  ///< most at once since simulated_reset_counts
}
