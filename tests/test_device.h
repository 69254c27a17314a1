// Where tests of models compute: on the CPU, or where JUROR_TEST_DEVICE says ("simulated", "cuda").
#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "model/weights.h"
#include "tensor/device.h"

namespace juror {

/// The name as `--device` takes it. Loads the backend that it needs.
inline const std::string& test_device_name() {
  static const std::string kName = [] {
    const char* variable = std::getenv("JUROR_TEST_DEVICE");
    std::string name = variable == nullptr ? "cpu" : variable;
    if (name.starts_with("cuda")) load_cuda_backend();
    if (name != "simulated") return name;
    void* library = dlopen(JUROR_SIMULATED, RTLD_NOW | RTLD_GLOBAL);
    require(library != nullptr, "The simulated accelerator cannot be loaded: {}", dlerror());
    reinterpret_cast<void (*)()>(dlsym(library, "simulated_start"))();
    return name;
  }();
  return kName;
}

inline at::Device test_device() {
  static const at::Device kDevice = choose_device(test_device_name());
  return kDevice;
}

/// The backend is there before the first backward pass makes a queue for every device.
inline const bool kTestDeviceIsThere = !test_device_name().empty();

/// How tests load models.
inline LoadOptions test_load(bool trainable = false) {
  return {.dtype = at::kFloat, .trainable = trainable, .device = test_device()};
}

}  // namespace juror
