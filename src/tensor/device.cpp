// Measured on one core of an AMD EPYC (Zen 4, AVX512-BF16), at::linear of torch 2.15, 768 -> 2048,
// GFLOP/s:
//   rows      1    8   16   32  256 1024
//   fp32      5   22   40   60   80   71
//   bf16      8   29   79  112  170  192
// So bf16 wins for decoding and for prefill wherever the instructions are there.
#include "tensor/device.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/ivalue.h>
#include <ATen/cpu/Utils.h>
#include <dlfcn.h>

#include "base/log.h"

namespace juror {
namespace {

bool cpu_has(const char* capability) {
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto found = capabilities.find(capability);
  return found != capabilities.end() && found->second.isBool() && found->second.toBool();
}

}  // namespace

at::ScalarType cpu_compute_dtype() {
  return cpu_has("avx512_bf16") || cpu_has("amx_bf16") ? at::kBFloat16 : at::kFloat;
}

bool load_cuda_backend() {
  // The driver is asked first: without one, the gigabyte of kernels would be loaded for nothing.
  const bool is_loaded = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_GLOBAL) != nullptr &&
                         dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
  if (is_loaded) return true;
  const char* reason = dlerror();
  log(LogLevel::kDebug, std::string("Computing on the CPU: ") +
                            (reason ? reason : "libtorch_cuda.so could not be loaded") + ".");
  return false;
}

std::string backend_description() {
  return at::get_cpu_capability() + (cpu_has("avx512_bf16") ? " with bf16" : "") + ", " +
         at::get_mkldnn_version() + ", " + at::get_mkl_version() + ", " +
         std::to_string(at::get_num_threads()) + " threads";
}

}  // namespace juror
