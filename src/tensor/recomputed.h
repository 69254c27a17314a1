// Functions whose intermediate values are computed twice instead of being kept: the memory of a
// deep model's activations for the time of one more forward pass.
#pragma once

#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace juror {

using TensorFunction = std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

/// f(inputs), of which the inputs alone are kept: the backward pass computes f again, under the
/// same mixed precision, and differentiates it. Parameters that f refers to gather their gradients
/// as always; they must live until then. f must compute the same twice. Without gradients it is f.
std::vector<Tensor> recomputed(const TensorFunction& f, const std::vector<Tensor>& inputs);

}  // namespace juror
