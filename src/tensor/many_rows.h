// fp32 products of many rows on CPUs of AMD with AVX-512: there libtorch's own choice, MKL, runs
// kernels of half the width, and oneDNN, which libtorch has too, runs those the CPU has.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// Whether this CPU is such a one, and this libtorch was built with oneDNN.
bool has_many_rows_kernel();

/// y = x Wᵀ + b. x: [T, in]; weight: [out, in]; bias: [out] or undefined; all fp32 and contiguous,
/// on the CPU. Not differentiable. Only where `has_many_rows_kernel`.
Tensor multiply_many_rows(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace juror
