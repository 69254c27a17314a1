// Whether weights are numbers.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// Whether a tensor on the host holds no NaN and nothing infinite; F32, F16 and BF16 at the speed
/// of memory, by their bits.
bool is_finite(const Tensor& tensor);

}  // namespace juror
