// The linear layer, by whichever kernel is fastest for its shape. Decoding multiplies few rows by
// large weights, where the libraries' kernels spend their time on packing the weight.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// y = x Wᵀ + b, summed in fp32. x: [.., in]; weight: [out, in]; bias: [out] or undefined. Returns
/// [.., out]. Differentiable: where a gradient is asked for it is at::linear.
Tensor linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace juror
