#include "tensor/transfer.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace juror {
namespace {

constexpr std::int64_t kPiece = 1 << 24;  // values

}  // namespace

Tensor on_device(const Tensor& tensor, const at::Device& device) {
  if (tensor.device() == device) return tensor;
  const bool is_upload = tensor.is_cpu();
  const bool is_pinned = is_upload && device.is_cuda();  // else CUDA waits before it copies
  return (is_pinned ? tensor.pin_memory() : tensor).to(device, /*non_blocking=*/is_upload);
}

Tensor on_device(const std::vector<std::int64_t>& values, const at::Device& device) {
  return on_device(at::tensor(values, at::kLong), device);
}

Tensor upload(const Tensor& tensor, const Compute& compute) {
  if (!tensor.is_cpu() || compute.device.is_cpu() || tensor.dim() == 0)
    return tensor.to(compute.device, compute.dtype);
  Tensor there = at::empty(tensor.sizes(), at::TensorOptions(compute.device).dtype(compute.dtype));
  const Tensor from = tensor.detach().reshape({-1}), to = there.reshape({-1});
  for (std::int64_t begin = 0; begin < from.size(0); begin += kPiece) {
    const std::int64_t count = std::min(kPiece, from.size(0) - begin);
    // converted where it arrives: the host would need a piece more, and time
    to.narrow(0, begin, count).copy_(on_device(from.narrow(0, begin, count), compute.device));
  }
  return there;
}

Tensor on_host(const Tensor& tensor) { return tensor.to(at::kCPU).contiguous(); }

}  // namespace juror
