// Layers that remember less for their backward pass than the chain of operators they are made of
// would: what is cheap to compute again is not kept. Values are those of the chain, bit for bit.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// Weight and bias of a linear layer, which it only refers to.
struct LinearWeights {
  const Tensor& weight;  // [out, in]
  const Tensor& bias;    // [out] or undefined
};

/// y = w · cast(x / rms(x)), normalised over the last dimension in fp32 and cast to x's dtype
/// before the weight. x: [.., C]; weight: [C]. Keeps x and one number a row.
Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps);

/// silu(gate) · up. Keeps gate and up. gate, up: [.., M], of one dtype.
Tensor swiglu(const Tensor& gate, const Tensor& up);

/// (silu(gate) · up) Wᵀ + b. Keeps gate, up and W. gate, up: [T, M]; W: [C, M]. Returns [T, C].
/// Under mixed precision it multiplies in the dtype of gate.
Tensor swiglu_linear(const Tensor& gate, const Tensor& up, const LinearWeights& down);

}  // namespace juror
