#include "tensor/transfer.h"

#include <ATen/ATen.h>

namespace juror {

Tensor on_device(const Tensor& tensor, const at::Device& device) {
  if (tensor.device() == device) return tensor;
  const bool is_upload = tensor.is_cpu() && device.is_cuda();
  return (is_upload ? tensor.pin_memory() : tensor).to(device, /*non_blocking=*/is_upload);
}

Tensor on_device(const std::vector<std::int64_t>& values, const at::Device& device) {
  return on_device(at::tensor(values, at::kLong), device);
}

Tensor on_host(const Tensor& tensor) { return tensor.to(at::kCPU).contiguous(); }

}  // namespace juror
