// Units of neighbouring rows: the patches that become one token.
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace juror {

/// Reorders units of `merged` neighbouring rows; without an order they stay. rows: [P, ..].
Tensor take_units(const Tensor& rows, const Tensor& order, std::int64_t merged);

}  // namespace juror
