// A weight in bf16, laid out once for products with few rows (strips.h): for a model that is loaded
// to judge. At 8 to 16 rows such products take a half to two thirds of few_rows' time, at many rows
// the library's.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// Whether the weight [out, in] can be laid out and is the faster for it: bf16 on a CPU that
/// multiplies bf16 in vectors (with tiles the library is ahead), out a multiple of 16, in even.
bool fits_strips(const Tensor& weight);

/// Returns bf16 [out / 16, in / 2, 16, 2].
Tensor to_strips(const Tensor& weight);

/// Rows of the plain weight. ids: int64 [N]. Returns bf16 [N, in].
Tensor rows_of_strips(const Tensor& strips, const Tensor& ids);

/// y = x Wᵀ + b, summed in fp32, without gradients. x: bf16 [.., in]; bias: [out] or undefined.
/// Returns bf16 [.., out].
Tensor strip_product(const Tensor& x, const Tensor& strips, const Tensor& bias = {});

}  // namespace juror
