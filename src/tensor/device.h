// Where and in what type Juror computes: the one place that chooses device and dtype.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>

#include "tensor/compute_options.h"

namespace juror {

/// Where a model's tensors are born, and the type of its products.
struct Compute {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
  int weight_bits = 0;  ///< 4 or 8 where the language model's weights are kept so; else 0
};

/// The device of a name: auto, cpu, cuda, cuda:N, or that of a backend which has been loaded
/// otherwise. Throws Error that says what is there.
at::Device choose_device(const std::string& name);

/// Throws Error for a name that means no device on any machine.
void require_device_name(const std::string& name);

/// What the options mean for a model of about so many parameters: small ones compute in fp32, where
/// it is as fast and exact.
Compute choose_compute(const ComputeOptions& options, std::int64_t parameters);

/// The dtype in which the device computes fastest: on a CPU bf16 where it multiplies bf16 in
/// hardware, else fp32 (bf16 without such instructions is hundreds of times slower; figures in
/// device.cpp); bf16 elsewhere.
at::ScalarType fastest_dtype(const at::Device& device);

/// Whether the CPU multiplies bf16 by tiles (AMX), many rows at a time.
bool cpu_has_tiles();

/// Returns when all that the device was given is done: before a clock is read.
void wait_for(const at::Device& device);

/// "float32", "bfloat16", …: as --dtype and config.json write it.
std::string dtype_name(at::ScalarType dtype);

/// Loads libtorch_cuda.so if a full torch stands beside libtorch_cpu.so; to be called before the
/// first tensor. Returns whether CUDA kernels are there; without them Juror computes on the CPU.
bool load_cuda_backend();

/// "AVX512, oneDNN v3.12, MKL 2024.2, 2 threads": for `juror doctor`.
std::string backend_description();

}  // namespace juror
