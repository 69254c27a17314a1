// Mixed precision: weights, sums, norms and losses in fp32, products of matrices in bfloat16.
#pragma once

#include <c10/core/Device.h>

namespace juror {

/// While it lives (and if `enabled`), libtorch computes matrix products and attention on the device
/// in bfloat16 and what needs range in fp32. Put it around the forward pass; the backward pass
/// follows by itself and its gradients are fp32.
class MixedPrecision {
 public:
  MixedPrecision(bool enabled, const at::Device& device);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

  /// Whether one lives.
  static bool is_on(const at::Device& device);

 private:
  bool enabled_;
  at::DeviceType type_;
};

}  // namespace juror
