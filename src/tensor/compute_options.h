// `--device` and `--dtype`, free of torch: what they mean stands in tensor/device.h.
#pragma once

#include <string>

#include "base/options.h"

namespace juror {

/// Help of the option `device` of every command that runs a model.
inline constexpr const char* kDeviceHelp =
    "Where to compute: auto (CUDA where it is), cpu, cuda or cuda:N";

/// `--device` and `--dtype` of every command that runs a model in a type of its choice.
struct ComputeOptions {
  std::string device = "auto", dtype = "auto";

  template <class Field>
  void fields(Field&& field) {
    field("device", device, kDeviceHelp);
    field("dtype", dtype,
          "Compute type; auto: what the device multiplies fastest. int8, int4: that, with the "
          "language model's weights kept in 8 or 4 bits",
          OneOf{{"auto", "float32", "bfloat16", "int8", "int4"}});
  }
};

}  // namespace juror
