// Mixed precision: weights, sums, norms and losses in fp32, products of matrices in bfloat16.
#pragma once

namespace juror {

/// While it lives (and if `enabled`), libtorch computes matrix products and attention on the CPU in
/// bfloat16 and what needs range in fp32. Put it around the forward pass; the backward pass follows
/// by itself and its gradients are fp32.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool enabled);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool enabled_;
};

}  // namespace juror
