// Measured on one core of an AMD EPYC (Zen 4, AVX512-BF16), at::linear of torch 2.15, 768 -> 2048,
// GFLOP/s:
//   rows      1    8   16   32  256 1024
//   fp32      5   22   40   60   80   71
//   bf16      8   29   79  112  170  192
// So bf16 wins for decoding and for prefill wherever the instructions are there.
#include "tensor/device.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/ivalue.h>
#include <ATen/cpu/Utils.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <link.h>

#include <filesystem>

#include "base/error.h"
#include "base/log.h"

namespace juror {
namespace {

constexpr std::int64_t kSmallModel = 50'000'000;  // parameters; below, fp32 is as fast and exact

bool cpu_has(const char* capability) {
  const auto capabilities = at::cpu::get_cpu_capabilities();
  const auto found = capabilities.find(capability);
  return found != capabilities.end() && found->second.isBool() && found->second.toBool();
}

/// Devices of a type that libtorch can compute on now.
std::int64_t device_count(at::DeviceType type) {
  if (type == at::kCPU) return 1;
  const auto present = at::getAccelerator();
  return present == type ? at::accelerator::deviceCount() : 0;
}

/// "cpu, cuda:0 to cuda:3".
std::string devices_here() {
  const auto accelerator = at::getAccelerator();
  const std::int64_t count = accelerator ? device_count(*accelerator) : 0;
  if (count == 0) return "cpu alone";
  const std::string name = at::DeviceTypeName(*accelerator, /*lower_case=*/true);
  return count == 1 ? fmt::format("cpu and {}:0", name)
                    : fmt::format("cpu and {0}:0 to {0}:{1}", name, count - 1);
}

/// The folder of the libtorch_cpu.so that this process runs with: the CUDA kernels beside it are of
/// the same build, others may not be.
std::filesystem::path libtorch_folder() {
  void* library = dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (library == nullptr || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) return {};
  return std::filesystem::path(map->l_name).parent_path();
}

at::Device parse_device(const std::string& name) {
  try {
    return at::Device(name);
  } catch (const c10::Error&) {
    throw Error(
        fmt::format("The device is '{}', and auto, cpu, cuda or cuda:N is expected.", name));
  }
}

}  // namespace

void require_device_name(const std::string& name) {
  if (name != "auto") parse_device(name);
}

at::Device choose_device(const std::string& name) {
  if (name == "auto") return device_count(at::kCUDA) > 0 ? at::Device(at::kCUDA, 0) : at::kCPU;
  const at::Device device = parse_device(name);
  const std::int64_t count = device_count(device.type());
  require(count > 0,
          "The device is '{}', and this machine has {}. For CUDA, Juror needs a driver and the "
          "kernels of a full torch beside libtorch_cpu.so (JUROR_LIBTORCH when building); `juror "
          "doctor` says what it found.",
          name, devices_here());
  require(device.index() < count, "The device is '{}', and this machine has {}.", name,
          devices_here());
  return device.is_cpu() ? at::Device(at::kCPU)
                         : at::Device(device.type(), device.has_index() ? device.index() : 0);
}

Compute choose_compute(const ComputeOptions& options, std::int64_t parameters) {
  Compute compute{.device = choose_device(options.device), .dtype = at::kFloat};
  compute.weight_bits = options.dtype == "int8" ? 8 : options.dtype == "int4" ? 4 : 0;
  require(compute.weight_bits > 0 || options.dtype == "auto" || options.dtype == "float32" ||
              options.dtype == "bfloat16",
          "The dtype is '{}', and auto, float32, bfloat16, int8 or int4 is expected.",
          options.dtype);
  const bool is_open = options.dtype == "auto" || compute.weight_bits > 0;
  const bool is_large = is_open && parameters >= kSmallModel;
  if (options.dtype == "bfloat16") compute.dtype = at::kBFloat16;
  if (is_large) compute.dtype = fastest_dtype(compute.device);
  return compute;
}

at::ScalarType fastest_dtype(const at::Device& device) {
  const bool is_fast = !device.is_cpu() || cpu_has("avx512_bf16") || cpu_has("amx_bf16");
  return is_fast ? at::kBFloat16 : at::kFloat;
}

bool cpu_has_tiles() {
  static const bool has = cpu_has("amx_bf16");
  return has;
}

void wait_for(const at::Device& device) {
  if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
}

std::string dtype_name(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "float32";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kDouble:
      return "float64";
    default:
      return at::toString(dtype);
  }
}

bool load_cuda_backend() {
  // The driver is asked first: without one, the gigabyte of kernels would be loaded for nothing.
  const std::string kernels = (libtorch_folder() / "libtorch_cuda.so").string();
  const bool is_loaded = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_GLOBAL) != nullptr &&
                         dlopen(kernels.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr;
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
