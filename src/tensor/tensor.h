// The name by which every room above `tensor` calls libtorch's tensor, and the shape check they
// share.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string>

namespace juror {

using Tensor = at::Tensor;

/// A dimension that `require_shape` accepts at any length.
inline constexpr std::int64_t kAnyLength = -1;

/// Throws Error naming `what`, its shape and the expected one unless they agree (kAnyLength matches
/// all).
void require_shape(const Tensor& tensor, std::initializer_list<std::int64_t> expected,
                   const std::string& what);

/// "[3, 4]".
std::string shape_text(at::IntArrayRef shape);

}  // namespace juror
