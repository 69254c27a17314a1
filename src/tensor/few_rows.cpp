// Blocks of 4 rows of x by 4 rows of W: 16 sums of 16 lanes in registers, 8 loads for 16
// multiply-adds, and one transposing reduction at the end. Behind the last row the last one is
// computed again and not stored. While a block of W is multiplied, the next one is fetched: memory
// and arithmetic take about equally long at 16 rows.
#include "tensor/few_rows.h"

#include <immintrin.h>

#include <algorithm>

#include "tensor/bf16_bits.h"

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own intrinsics, GCC bug 105593

#define JUROR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl"), always_inline)) inline
#define JUROR_BF16 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"), always_inline)) inline

namespace juror {
namespace {

constexpr std::int64_t kBlock = 4;

/// Rows of x and of W that one block reads.
template <class Element>
struct Block {
  const Element* x[kBlock];
  const Element* w[kBlock];
};

template <class Element>
Block<Element> block_at(const FewRowsProduct<Element>& p, std::int64_t row, std::int64_t column) {
  Block<Element> block;
  for (std::int64_t i = 0; i < kBlock; ++i) {
    block.x[i] = p.x + std::min(row + i, p.rows - 1) * p.in;
    block.w[i] = p.weight + std::min(column + i, p.out - 1) * p.in;
  }
  return block;
}

/// Fetches the next block of W a few cache lines a call, evenly over the blocks of x that meet the
/// present one.
class Prefetch {
 public:
  template <class Element>
  Prefetch(const FewRowsProduct<Element>& p, std::int64_t column) {
    const std::int64_t blocks = (p.rows + kBlock - 1) / kBlock;
    lines_ = std::max<std::int64_t>(1, kBlock / blocks);
    next_ = reinterpret_cast<const char*>(p.weight + std::min(column + kBlock, p.out) * p.in);
    end_ = reinterpret_cast<const char*>(p.weight + std::min(column + 2 * kBlock, p.out) * p.in);
  }
  void step() {
    for (std::int64_t i = 0; i < lines_ && next_ < end_; ++i, next_ += 64)
      __builtin_prefetch(next_, 0, 2);
  }

 private:
  std::int64_t lines_;
  const char *next_, *end_;
};

/// Halves of a and of b added: the first half of the result belongs to a.
JUROR_AVX512 __m512 fold_halves(__m512 a, __m512 b) {
  return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
}

/// Lane 4i + j of the result is the sum of all lanes of sums[i][j].
JUROR_AVX512 __m512 reduce(const __m512 sums[kBlock][kBlock]) {
  __m512 rows[kBlock];  // rows[i]: part j (128 bits) holds four lanes of sum (i, j)
  for (int i = 0; i < kBlock; ++i) {
    const __m512 a = fold_halves(sums[i][0], sums[i][1]), b = fold_halves(sums[i][2], sums[i][3]);
    rows[i] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
  }
  // transpose within parts and add
  const __m512 ab_low = _mm512_unpacklo_ps(rows[0], rows[1]),
               ab_high = _mm512_unpackhi_ps(rows[0], rows[1]);
  const __m512 cd_low = _mm512_unpacklo_ps(rows[2], rows[3]),
               cd_high = _mm512_unpackhi_ps(rows[2], rows[3]);
  const __m512 ab = _mm512_add_ps(ab_low, ab_high),
               cd = _mm512_add_ps(cd_low, cd_high);  // a b a b, c d c d
  const __m512 by_part =
      _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_ps(order, by_part);
}

JUROR_AVX512 void clear(__m512 sums[kBlock][kBlock]) {
  for (int i = 0; i < kBlock; ++i) {
    for (int j = 0; j < kBlock; ++j) sums[i][j] = _mm512_setzero_ps();
  }
}

JUROR_AVX512 void add_products(__m512 sums[kBlock][kBlock], const Block<float>& block,
                               std::int64_t k, __mmask16 lanes) {
  __m512 w[kBlock];
  for (int j = 0; j < kBlock; ++j) w[j] = _mm512_maskz_loadu_ps(lanes, block.w[j] + k);
  for (int i = 0; i < kBlock; ++i) {
    const __m512 x = _mm512_maskz_loadu_ps(lanes, block.x[i] + k);
    for (int j = 0; j < kBlock; ++j) sums[i][j] = _mm512_fmadd_ps(x, w[j], sums[i][j]);
  }
}

JUROR_BF16 void add_products(__m512 sums[kBlock][kBlock], const Block<std::uint16_t>& block,
                             std::int64_t k, __mmask32 lanes) {
  __m512bh w[kBlock];
  for (int j = 0; j < kBlock; ++j) w[j] = (__m512bh)_mm512_maskz_loadu_epi16(lanes, block.w[j] + k);
  for (int i = 0; i < kBlock; ++i) {
    const __m512bh x = (__m512bh)_mm512_maskz_loadu_epi16(lanes, block.x[i] + k);
    for (int j = 0; j < kBlock; ++j) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], x, w[j]);
  }
}

float to_float(float value) { return value; }
float to_float(std::uint16_t bits) { return from_bf16(bits); }

/// Stores the 4 x 4 values of a block, those that there are.
template <class Element>
void store_block(const FewRowsProduct<Element>& p, std::int64_t row, std::int64_t column,
                 const float* values) {
  for (std::int64_t i = 0; i < std::min(kBlock, p.rows - row); ++i) {
    for (std::int64_t j = 0; j < std::min(kBlock, p.out - column); ++j) {
      const float bias = p.bias ? to_float(p.bias[column + j]) : 0.0F;
      store(p.y + (row + i) * p.out + column + j, values[i * kBlock + j] + bias);
    }
  }
}

}  // namespace

bool has_few_rows_kernel_f32() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
bool has_few_rows_kernel_bf16() {
  return has_few_rows_kernel_f32() && __builtin_cpu_supports("avx512bf16");
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) void multiply_few_rows(
    const FewRowsProduct<float>& p, std::int64_t begin, std::int64_t end) {
  for (std::int64_t column = begin; column < end; column += kBlock) {
    Prefetch prefetch(p, column);
    for (std::int64_t row = 0; row < p.rows; row += kBlock) {
      const Block<float> block = block_at(p, row, column);
      __m512 sums[kBlock][kBlock];
      clear(sums);
      std::int64_t k = 0;
      for (; k + 16 <= p.in; k += 16) {
        prefetch.step();
        add_products(sums, block, k, 0xFFFF);
      }
      if (k < p.in) add_products(sums, block, k, static_cast<__mmask16>((1U << (p.in - k)) - 1));
      alignas(64) float values[kBlock * kBlock];
      _mm512_store_ps(values, reduce(sums));
      store_block(p, row, column, values);
    }
  }
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16"))) void multiply_few_rows(
    const FewRowsProduct<std::uint16_t>& p, std::int64_t begin, std::int64_t end) {
  for (std::int64_t column = begin; column < end; column += kBlock) {
    Prefetch prefetch(p, column);
    for (std::int64_t row = 0; row < p.rows; row += kBlock) {
      const Block<std::uint16_t> block = block_at(p, row, column);
      __m512 sums[kBlock][kBlock];
      clear(sums);
      std::int64_t k = 0;
      for (; k + 32 <= p.in; k += 32) {
        prefetch.step();
        add_products(sums, block, k, 0xFFFFFFFFU);
      }
      if (k < p.in) add_products(sums, block, k, static_cast<__mmask32>((1ULL << (p.in - k)) - 1));
      alignas(64) float values[kBlock * kBlock];
      _mm512_store_ps(values, reduce(sums));
      store_block(p, row, column, values);
    }
  }
}

}  // namespace juror
