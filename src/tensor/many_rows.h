// fp32 products of many rows on CPUs of AMD with AVX-512: there libtorch's own choice, MKL, runs
// kernels of half the width, and oneDNN, which libtorch has too, runs those the CPU has.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// From now on what oneDNN compiled for the last 64 shapes is kept, unless the environment says
/// otherwise. Its own two caches keep a thousand each, 1 to 3 MB a shape, and every number of rows
/// is a shape: 200 of them took 2 GB. To be called before oneDNN is first used.
void keep_few_compiled_products();

/// Whether this CPU is such a one, and this libtorch was built with oneDNN.
bool has_many_rows_kernel();

/// y = x Wᵀ + b. x: [T, in]; weight: [out, in]; bias: [out] or undefined; all fp32 on the CPU and
/// dense, as they are or transposed. Not differentiable. Only where `has_many_rows_kernel`.
Tensor multiply_many_rows(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace juror
