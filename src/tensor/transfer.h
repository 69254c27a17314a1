// Between the host and a device: few, whole copies that say where they happen. Nothing else in
// Juror reads device memory.
#pragma once

#include <vector>

#include "tensor/device.h"
#include "tensor/tensor.h"

namespace juror {

/// The tensor on `device`; the copy does not wait for the device (on CUDA it goes through pinned
/// memory). What is there already is returned as it stands.
Tensor on_device(const Tensor& tensor, const at::Device& device);

/// Ids, places or lengths as [n] int64 on `device`.
Tensor on_device(const std::vector<std::int64_t>& values, const at::Device& device);

/// A tensor of the host, of any size, on `compute.device` in `compute.dtype`. Goes up in pieces, so
/// that neither side holds more than a piece beside it; what is there already is returned as it
/// stands.
Tensor upload(const Tensor& tensor, const Compute& compute);

/// The tensor in host memory, contiguous; waits for the device.
Tensor on_host(const Tensor& tensor);

}  // namespace juror
