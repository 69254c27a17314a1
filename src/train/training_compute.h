// In what type a model trains.
#pragma once

#include <cstdint>

#include "tensor/device.h"

namespace juror {

struct TrainedPart {
  bool adapters = false;  ///< LoRA beside frozen weights; else the weights themselves
  bool mixed = false;     ///< mixed precision of fp32 weights is asked for (`bf16`)
};

/// What `device` and `dtype` mean for training a model of about so many parameters: `auto` is fp32,
/// and for adapters of large models what the device multiplies fastest. Throws Error for weights of
/// few bits that shall train, and for two kinds of half precision at once.
Compute training_compute(ComputeOptions options, const TrainedPart& part, std::int64_t parameters);

}  // namespace juror
