// The linear layer, by whichever kernel is fastest for its shape. Decoding multiplies few rows by
// large weights, where the libraries' kernels spend their time on packing the weight.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// y = x Wᵀ + b by whichever library is faster. x: [T, in]; weight: [out, in]; both also
/// transposed; bias: [out] or undefined. For forward and backward passes by hand: not
/// differentiable. dx is library_product(dy, W.t()).
Tensor library_product(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

/// Of y = x Wᵀ + b; undefined where none is asked for.
struct WeightGradients {
  Tensor weight, bias;
};

/// dy: [T, out], of the dtype that was multiplied in; x: [T, in]; weight: [out, in]; bias: [out] or
/// undefined.
WeightGradients weight_gradients(const Tensor& dy, const Tensor& x, const Tensor& weight,
                                 const Tensor& bias);

/// y = x Wᵀ + b, summed in fp32. x: [.., in]; weight: [out, in]; bias: [out] or undefined. Returns
/// [.., out]. Differentiable.
Tensor linear_product(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace juror
