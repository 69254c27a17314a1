// What this machine computes with: dtype by the CPU's abilities, the CUDA backend where there is
// one.
#pragma once

#include <c10/core/ScalarType.h>

#include <string>

namespace juror {

/// The dtype in which this CPU computes fastest: bf16 where it multiplies bf16 in hardware, else
/// fp32 (bf16 without such instructions is hundreds of times slower). Figures in device.cpp.
at::ScalarType cpu_compute_dtype();

/// Loads libtorch_cuda.so if a full torch is installed beside libtorch_cpu.so; to be called before
/// the first tensor. Returns whether CUDA kernels are there; without them Juror computes on the
/// CPU.
bool load_cuda_backend();

/// "AVX512, oneDNN v3.12, MKL 2024.2, 2 threads": for `juror doctor`.
std::string backend_description();

}  // namespace juror
