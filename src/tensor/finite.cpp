#include "tensor/finite.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

namespace juror {
namespace {

/// NaN and infinity are the numbers whose exponent is all ones. In blocks, which the compiler turns
/// into vectors; a block that holds one ends the search.
template <class Word>
bool has_no_full_exponent(const Tensor& tensor, Word exponent) {
  constexpr std::int64_t kChunk = 4096;
  const auto* words = static_cast<const Word*>(tensor.const_data_ptr());
  for (std::int64_t begin = 0; begin < tensor.numel(); begin += kChunk) {
    const std::int64_t end = std::min(begin + kChunk, tensor.numel());
    Word found = 0;
    for (std::int64_t i = begin; i < end; ++i)
      found |= static_cast<Word>((words[i] & exponent) == exponent);
    if (found != 0) return false;
  }
  return true;
}

}  // namespace

bool is_finite(const Tensor& tensor) {
  if (!tensor.is_cpu() || !tensor.is_contiguous()) return tensor.isfinite().all().item<bool>();
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return has_no_full_exponent<std::uint32_t>(tensor, 0x7F800000U);
    case at::kBFloat16:
      return has_no_full_exponent<std::uint16_t>(tensor, 0x7F80U);
    case at::kHalf:
      return has_no_full_exponent<std::uint16_t>(tensor, 0x7C00U);
    default:
      return tensor.isfinite().all().item<bool>();
  }
}

}  // namespace juror
