// y = x Wᵀ for few rows of x on CPUs with AVX-512: every weight is read once, as it stands, and
// nothing is packed.
#pragma once

#include <cstdint>

namespace juror {

/// One product: x [rows, in], weight [out, in], bias [out] or null, y [rows, out]; all contiguous.
/// Element is float, or std::uint16_t for bf16 bits. Each value of y is one dot product in a fixed
/// order, whatever the number of rows.
template <class Element>
struct FewRowsProduct {
  const Element* x;
  const Element* weight;
  const Element* bias;
  Element* y;
  std::int64_t rows, in, out;
};

bool has_few_rows_kernel_f32();
bool has_few_rows_kernel_bf16();

/// Computes columns [begin, end) of y. Only where the CPU has the kernel.
void multiply_few_rows(const FewRowsProduct<float>& product, std::int64_t begin, std::int64_t end);
void multiply_few_rows(const FewRowsProduct<std::uint16_t>& product, std::int64_t begin,
                       std::int64_t end);

}  // namespace juror
