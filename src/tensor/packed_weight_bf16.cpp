// The product in bf16 on CPUs with AVX-512: codes of a group become bf16 in a tile that stays in
// the first cache, and every row of x is multiplied by it (strips.h). A code of four bits is
// written behind the exponent of 128 (0x4300 | q is 128 + q, exactly) and 128 + zero is taken off
// again as a multiple of the sum of x; one of eight bits goes through a table of magnitudes.
// Measured on one core of an AMD EPYC (Zen 5), 2048 -> 11,008, weights out of cache, milliseconds:
//   rows     1     4     8    16    64   256
//   int8   1.1   1.1   1.4   2.2   6.9  24.4
//   int4   0.8   0.8   1.0   1.8   6.2  25.5
#include <immintrin.h>

#include <algorithm>
#include <vector>

#include "tensor/packed_weight.h"
#include "tensor/strips.h"

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own intrinsics, GCC bug 105593
#pragma GCC diagnostic ignored "-Wuninitialized"

#define JUROR_TARGET target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512bf16")
#define JUROR_INLINE __attribute__((JUROR_TARGET, always_inline)) inline

namespace juror {
namespace {

constexpr std::int64_t kStrips = 2;  // at once

/// The two bytes of the bf16 of 0 … 127.
struct Magnitudes {
  alignas(64) std::uint8_t low[128], high[128];
  Magnitudes() {
    for (int i = 0; i < 128; ++i) {
      const auto bits = __builtin_bit_cast(std::uint32_t, static_cast<float>(i));
      low[i] = static_cast<std::uint8_t>(bits >> 16);
      high[i] = static_cast<std::uint8_t>(bits >> 24);
    }
  }
};
const Magnitudes kMagnitudes;

/// What all rows are multiplied by: one group of a strip.
struct Tile {
  std::uint16_t* values;                   // [group / 2, 16, 2]
  const float* scales;                     // [16]
  alignas(64) float offsets[kStrip] = {};  // of four bits scale · (128 + zero)
};

/// 128 + q of one group of a strip.
JUROR_INLINE void unpack4(const std::uint8_t* codes, std::int64_t group, std::int64_t ahead,
                          std::uint16_t* to) {
  const __m512i nibbles = _mm512_set1_epi16(0x000F), exponent = _mm512_set1_epi16(0x4300);
  for (std::int64_t k = 0; k < group; k += 8, codes += 64, to += 8 * kStrip) {
    __builtin_prefetch(codes + ahead, 0, 2);
    __m512i pairs = _mm512_loadu_si512(codes);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i, pairs = _mm512_srli_epi16(pairs, 4))
      _mm512_store_si512(to + i * 2 * kStrip,  // (pairs & nibbles) | exponent
                         _mm512_ternarylogic_epi32(pairs, nibbles, exponent, 0xEA));
  }
}

/// ± magnitude of one group of a strip.
JUROR_INLINE void unpack8(const std::uint8_t* codes, std::int64_t group, std::int64_t ahead,
                          std::uint16_t* to) {
  const __m512i low_a = _mm512_load_si512(kMagnitudes.low),
                low_b = _mm512_load_si512(kMagnitudes.low + 64),
                high_a = _mm512_load_si512(kMagnitudes.high),
                high_b = _mm512_load_si512(kMagnitudes.high + 64);
  const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
  for (std::int64_t k = 0; k < group / 2; k += 2) {
    __builtin_prefetch(codes + k * 2 * kStrip + ahead, 0, 2);
    const __m512i q = _mm512_loadu_si512(codes + k * 2 * kStrip);
    const __m512i low = _mm512_permutex2var_epi8(low_a, q, low_b);
    const __m512i high =
        _mm512_ternarylogic_epi32(_mm512_permutex2var_epi8(high_a, q, high_b), q, sign, 0xF8);
    _mm512_store_si512(to + k * 2 * kStrip, _mm512_unpacklo_epi8(low, high));
    _mm512_store_si512(to + (k + 1) * 2 * kStrip, _mm512_unpackhi_epi8(low, high));
  }
}

JUROR_INLINE void fill(Tile& tile, const PackedWeight& w, std::int64_t strip, std::int64_t g) {
  const std::int64_t place = strip * w.groups() + g;
  const std::uint8_t* codes = w.codes + place * w.group * kStrip * w.bits / 8;
  const std::int64_t ahead = kStrips * w.strip_bytes();  // the next strips are fetched meanwhile
  const std::int64_t next = place + kStrips * w.groups();
  tile.scales = w.scales + place * kStrip;
  __builtin_prefetch(w.scales + next * kStrip, 0, 2);
  if (w.bits == 8) return unpack8(codes, w.group, ahead, tile.values);
  __builtin_prefetch(w.zeros + next * kStrip, 0, 2);
  unpack4(codes, w.group, ahead, tile.values);
  const __m512i zeros = _mm512_cvtepu8_epi32(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(w.zeros + place * kStrip)));
  const __m512 taken_off = _mm512_cvtepi32_ps(_mm512_add_epi32(zeros, _mm512_set1_epi32(128)));
  _mm512_store_ps(tile.offsets, _mm512_mul_ps(_mm512_loadu_ps(tile.scales), taken_off));
}

__attribute__((JUROR_TARGET)) void multiply_unpacked(const PackedProduct<std::uint16_t>& p,
                                                     const RowBlocks& x, std::int64_t begin,
                                                     std::int64_t end) {
  const PackedWeight& w = p.weight;
  const std::int64_t stride = x.padded_rows() * kStrip;
  Aligned<float> totals(kStrips * stride);
  Aligned<std::uint16_t> values(kStrips * w.group * kStrip);
  Tile tiles[kStrips];
  for (std::int64_t s = 0; s < kStrips; ++s) tiles[s].values = values.data() + s * w.group * kStrip;
  for (std::int64_t strip = begin; strip < end; strip += kStrips) {
    const std::int64_t strips = std::min(kStrips, end - strip);
    std::fill_n(totals.data(), kStrips * stride, 0.0F);
    for (std::int64_t g = 0; g < w.groups(); ++g) {
      for (std::int64_t s = 0; s < strips; ++s) fill(tiles[s], w, strip + s, g);
      for (const RowBlocks::Block& block : x.blocks()) {
        ScaledStrip scaled[kStrips];
        for (std::int64_t s = 0; s < strips; ++s)
          scaled[s] = {.w = tiles[s].values,
                       .scales = tiles[s].scales,
                       .offsets = tiles[s].offsets,
                       .sums = totals.data() + s * stride + block.first * kStrip};
        const SumsOfX sums{.first = p.sums ? p.sums + block.first * w.groups() + g : nullptr,
                           .stride = w.groups(),
                           .rows = p.rows - block.first};
        add_scaled_products({.block = block, .begin = g * w.group / 2, .count = w.group / 2}, sums,
                            {scaled, static_cast<std::size_t>(strips)});
      }
    }
    for (std::int64_t s = 0; s < strips; ++s) {
      const std::int64_t output = (strip + s) * kStrip;
      store_strip(totals.data() + s * stride, p.rows, p.bias ? p.bias + output : nullptr,
                  std::min(kStrip, w.out - output), p.y + output, w.out);
    }
  }
}

}  // namespace

bool has_packed_kernel() { return has_strip_kernel() && __builtin_cpu_supports("avx512vbmi"); }

__attribute__((JUROR_TARGET)) std::vector<float> group_sums(const std::uint16_t* x,
                                                            std::int64_t rows,
                                                            const PackedWeight& weight) {
  if (weight.bits != 4) return {};
  std::vector<float> sums(static_cast<std::size_t>(rows * weight.groups()));
  const auto ones = (__m512bh)_mm512_set1_epi16(0x3F80);
  for (float& to : sums) {
    __m512 sum = _mm512_setzero_ps();
    for (std::int64_t k = 0; k < weight.group; k += 32, x += 32)
      sum = _mm512_dpbf16_ps(sum, (__m512bh)_mm512_loadu_si512(x), ones);
    to = _mm512_reduce_add_ps(sum);
  }
  return sums;
}

void multiply_packed(const PackedProduct<std::uint16_t>& p, const RowBlocks& x, std::int64_t begin,
                     std::int64_t end) {
  multiply_unpacked(p, x, begin, end);
}

}  // namespace juror
