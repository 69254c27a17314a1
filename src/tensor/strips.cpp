// Measured on one core of an AMD EPYC (Zen 5), 2048 -> 11,008, weights out of cache, of which
// reading takes 1.1 ms:
//   rows             1     4     8    12    16    48   256
//   few_rows, ms   1.3   1.5   2.2   2.7   3.0   6.6
//   strips, ms     1.1   1.1   1.2   1.3   1.5   4.6  24.5
#include "tensor/strips.h"

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own intrinsics, GCC bug 105593
#pragma GCC diagnostic ignored "-Wuninitialized"

#define JUROR_STRIPS target("avx512f,avx512bw,avx512vl,avx512bf16")

namespace juror {
namespace {

/// sums[strip][row] += x Wᵀ.
template <int kRows, int kStrips, bool kFetches>
__attribute__((JUROR_STRIPS, always_inline)) inline void multiply(const RowPairs& rows,
                                                                  const std::uint16_t* const* w,
                                                                  __m512 (&sums)[kStrips][kRows]) {
  const std::uint32_t* x = rows.block.pairs + rows.begin * kRows;
  for (std::int64_t k = 0; k < rows.count; ++k, x += kRows) {
    __m512bh weights[kStrips];
    for (int s = 0; s < kStrips; ++s) {
      if (kFetches) __builtin_prefetch(w[s] + k * 2 * kStrip + kStripAhead / 2);
      weights[s] = (__m512bh)_mm512_loadu_si512(w[s] + k * 2 * kStrip);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const auto pair = (__m512bh)_mm512_set1_epi32(static_cast<std::int32_t>(x[i]));
      for (int s = 0; s < kStrips; ++s) sums[s][i] = _mm512_dpbf16_ps(sums[s][i], weights[s], pair);
    }
  }
}

// Not inlined: constants of the caller would take registers that the sums need.

template <int kRows, bool kFetches>
__attribute__((JUROR_STRIPS, noinline)) void add(const RowPairs& rows, const std::uint16_t* w,
                                                 float* to) {
  __m512 sums[1][kRows];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) sums[0][i] = _mm512_load_ps(to + i * kStrip);
  multiply<kRows, 1, kFetches>(rows, &w, sums);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) _mm512_store_ps(to + i * kStrip, sums[0][i]);
}

template <int kRows, int kStrips>
__attribute__((JUROR_STRIPS, noinline)) void add_scaled(const RowPairs& rows, const SumsOfX& x,
                                                        const ScaledStrip* strips) {
  __m512 sums[kStrips][kRows];
  const std::uint16_t* w[kStrips];
#pragma GCC unroll 16
  for (int i = 0; i < kStrips * kRows; ++i) sums[i / kRows][i % kRows] = _mm512_setzero_ps();
  for (int s = 0; s < kStrips; ++s) w[s] = strips[s].w;
  multiply<kRows, kStrips, false>(rows, w, sums);
#pragma GCC unroll 2
  for (int s = 0; s < kStrips; ++s) {
    const __m512 scales = _mm512_loadu_ps(strips[s].scales),
                 offsets = _mm512_loadu_ps(strips[s].offsets);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      float* to = strips[s].sums + i * kStrip;
      __m512 total = _mm512_load_ps(to);
      if (x.first != nullptr)
        total = _mm512_fnmadd_ps(
            offsets, _mm512_set1_ps(x.first[std::min<std::int64_t>(i, x.rows - 1) * x.stride]),
            total);
      _mm512_store_ps(to, _mm512_fmadd_ps(sums[s][i], scales, total));
    }
  }
}

template <bool kFetches>
void add_block(const RowPairs& x, const std::uint16_t* w, float* sums) {
  switch (x.block.rows) {
    case 4:
      return add<4, kFetches>(x, w, sums);
    case 8:
      return add<8, kFetches>(x, w, sums);
    case 12:
      return add<12, kFetches>(x, w, sums);
    default:
      return add<16, kFetches>(x, w, sums);
  }
}

template <int kStrips>
void add_scaled_block(const RowPairs& rows, const SumsOfX& x, const ScaledStrip* strips) {
  assert(rows.block.rows == 4 || rows.block.rows == 8);
  rows.block.rows == 4 ? add_scaled<4, kStrips>(rows, x, strips)
                       : add_scaled<8, kStrips>(rows, x, strips);
}

/// A 16 by 16 transpose of pairs.
__attribute__((JUROR_STRIPS)) void transpose(const std::uint16_t* w, std::int64_t in,
                                             std::uint16_t* to) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; ++i) a[i] = _mm512_loadu_si512(w + i * in);
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_epi32(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_epi32(a[i], a[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {  // a[i + j]: part p holds pair 4p + j of rows i … i + 3
    a[i] = _mm512_unpacklo_epi64(b[i], b[i + 2]);
    a[i + 1] = _mm512_unpackhi_epi64(b[i], b[i + 2]);
    a[i + 2] = _mm512_unpacklo_epi64(b[i + 1], b[i + 3]);
    a[i + 3] = _mm512_unpackhi_epi64(b[i + 1], b[i + 3]);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512i even_low = _mm512_shuffle_i32x4(a[j], a[4 + j], 0x88),
                  odd_low = _mm512_shuffle_i32x4(a[j], a[4 + j], 0xDD),
                  even_high = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0x88),
                  odd_high = _mm512_shuffle_i32x4(a[8 + j], a[12 + j], 0xDD);
    std::uint16_t* out = to + j * 2 * kStrip;
    _mm512_storeu_si512(out, _mm512_shuffle_i32x4(even_low, even_high, 0x88));
    _mm512_storeu_si512(out + 8 * kStrip, _mm512_shuffle_i32x4(odd_low, odd_high, 0x88));
    _mm512_storeu_si512(out + 16 * kStrip, _mm512_shuffle_i32x4(even_low, even_high, 0xDD));
    _mm512_storeu_si512(out + 24 * kStrip, _mm512_shuffle_i32x4(odd_low, odd_high, 0xDD));
  }
}

}  // namespace

RowBlocks::RowBlocks(const std::uint16_t* x, std::int64_t rows, std::int64_t in, std::int64_t most)
    : rows_(rows), memory_(padded_rows() * in / 2) {
  std::uint32_t* to = memory_.data();
  for (std::int64_t first = 0; first < rows; first += most) {
    const auto padded = static_cast<int>(std::min(most, padded_rows() - first));
    blocks_.push_back({.first = first, .rows = padded, .pairs = to});
    for (std::int64_t k = 0; k < in; k += 2) {
      for (std::int64_t i = first; i < first + padded; ++i, ++to) {
        *to = 0;
        if (i < rows) std::memcpy(to, x + i * in + k, sizeof *to);
      }
    }
  }
}

bool has_strip_kernel() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw");
}

void add_products(const RowPairs& x, const std::uint16_t* w, bool fetches, float* sums) {
  fetches ? add_block<true>(x, w, sums) : add_block<false>(x, w, sums);
}

void add_scaled_products(const RowPairs& rows, const SumsOfX& x,
                         std::span<const ScaledStrip> strips) {
  if (strips.size() == 2) return add_scaled_block<2>(rows, x, strips.data());
  for (const ScaledStrip& strip : strips) add_scaled_block<1>(rows, x, &strip);
}

void interleave(const std::uint16_t* w, std::int64_t in, std::uint16_t* to) {
  std::int64_t k = 0;
  for (; k + 32 <= in; k += 32) transpose(w + k, in, to + k * kStrip);
  for (; k < in; k += 2) {
    for (std::int64_t i = 0; i < kStrip; ++i)
      std::memcpy(to + k * kStrip + 2 * i, w + i * in + k, 2 * sizeof *w);
  }
}

__attribute__((JUROR_STRIPS)) void store_strip(const float* sums, std::int64_t rows,
                                               const float* bias, std::int64_t count,
                                               std::uint16_t* y, std::int64_t stride) {
  const auto lanes = static_cast<__mmask16>((1U << count) - 1);
  const __m512 offset = bias ? _mm512_maskz_loadu_ps(lanes, bias) : _mm512_setzero_ps();
  for (std::int64_t row = 0; row < rows; ++row) {
    const __m512 sum = _mm512_add_ps(_mm512_load_ps(sums + row * kStrip), offset);
    _mm256_mask_storeu_epi16(y + row * stride, lanes, (__m256i)_mm512_cvtneps_pbh(sum));
  }
}

}  // namespace juror
