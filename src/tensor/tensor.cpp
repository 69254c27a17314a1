#include "tensor/tensor.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace juror {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void require_shape(const Tensor& tensor, std::initializer_list<std::int64_t> expected,
                   const std::string& what) {
  bool same = tensor.dim() == static_cast<std::int64_t>(expected.size());
  std::int64_t axis = 0;
  for (const std::int64_t length : expected) {
    if (!same) break;
    same = length == kAnyLength || tensor.size(axis) == length;
    ++axis;
  }
  require(same, "{} has shape {}, and {} is expected.", what, shape_text(tensor.sizes()),
          shape_text(at::IntArrayRef(expected.begin(), expected.size())));
}

}  // namespace juror
