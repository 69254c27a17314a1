// What an adapter adds to a product of half precision.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// scale · B A, which it only refers to.
struct LowRankWeights {
  const Tensor& a;  // [r, in]
  const Tensor& b;  // [out, r]
  double scale = 1;
};

/// y + scale · (x Aᵀ) Bᵀ, computed in A's dtype and rounded to y's. Keeps x as it is and x Aᵀ; its
/// gradients of A and B are of their dtype. y: [.., out]; x: [.., in].
Tensor add_low_rank(const Tensor& y, const Tensor& x, const LowRankWeights& weights);

}  // namespace juror
