// The product in bf16 on CPUs with AVX-512: codes of a group become bf16 in a tile that stays in
// the first cache, and every row of x is multiplied by it. A code of four bits is written behind
// the exponent of 128 (0x4300 | q is 128 + q, exactly) and 128 + zero is taken off again as a
// multiple of the sum of x; one of eight bits goes through a table of magnitudes. Measured on one
// core of an AMD EPYC (Zen 5), 2048 -> 11,008, weights out of cache, milliseconds:
//   rows                  1     4     8    16    64   256
//   bf16, few_rows      1.9   2.0   2.5   3.4   9.1    36
//   int8               1.3   1.5   2.0   2.8   7.3    26
//   int4               1.0   1.1   1.3   2.1   6.9    26
#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tensor/packed_weight.h"

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12's own intrinsics, GCC bug 105593

#define JUROR_TARGET target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512bf16")
#define JUROR_INLINE __attribute__((JUROR_TARGET, always_inline)) inline

namespace juror {
namespace {

constexpr std::int64_t kStrips = 2;  // multiplied together, so that a value of x is read once
constexpr std::int64_t kLanes = kStrips * kStrip;
constexpr std::int64_t kAhead = 2048;  // bytes of codes fetched ahead

/// Memory for whole vectors.
template <class Element>
class Aligned {
 public:
  explicit Aligned(std::int64_t count)
      : memory_(static_cast<std::size_t>(count) + 64 / sizeof(Element)) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    data_ = memory_.data() + (64 - address % 64) % 64 / sizeof(Element);
  }
  Element* data() { return data_; }

 private:
  std::vector<Element> memory_;
  Element* data_;
};

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

/// What all rows are multiplied by: one group of kStrips strips.
struct Tile {
  std::uint16_t* values;                  // [group / 2, kStrips, 16, 2]
  float scales[kLanes], offsets[kLanes];  // offsets: scale · (128 + zero), 0 for eight bits
};

/// 128 + q of one group of a strip.
JUROR_INLINE void unpack4(const std::uint8_t* codes, std::int64_t group, std::uint16_t* to) {
  const __m512i lower = _mm512_set1_epi32(0xFFFF), nibbles = _mm512_set1_epi32(0x000F000F),
                exponent = _mm512_set1_epi16(0x4300);
  for (std::int64_t k = 0; k < group / 2; ++k) {
    if (k % 4 == 0) __builtin_prefetch(codes + k * kStrip + kAhead);
    const __m512i pairs =
        _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + k * kStrip)));
    // lower ? pairs : pairs << 12, then (… & nibbles) | exponent
    const __m512i apart =
        _mm512_ternarylogic_epi32(lower, pairs, _mm512_slli_epi32(pairs, 12), 0xCA);
    _mm512_store_si512(to + k * 2 * kLanes,
                       _mm512_ternarylogic_epi32(apart, nibbles, exponent, 0xEA));
  }
}

/// ± magnitude of one group of a strip.
JUROR_INLINE void unpack8(const std::uint8_t* codes, std::int64_t group, std::uint16_t* to) {
  const __m512i low_a = _mm512_load_si512(kMagnitudes.low),
                low_b = _mm512_load_si512(kMagnitudes.low + 64),
                high_a = _mm512_load_si512(kMagnitudes.high),
                high_b = _mm512_load_si512(kMagnitudes.high + 64);
  const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
  for (std::int64_t k = 0; k < group / 2; k += 2) {
    __builtin_prefetch(codes + k * 2 * kStrip + kAhead);
    const __m512i q = _mm512_loadu_si512(codes + k * 2 * kStrip);
    const __m512i low = _mm512_permutex2var_epi8(low_a, q, low_b);
    const __m512i high =
        _mm512_ternarylogic_epi32(_mm512_permutex2var_epi8(high_a, q, high_b), q, sign, 0xF8);
    _mm512_store_si512(to + k * 2 * kLanes, _mm512_unpacklo_epi8(low, high));
    _mm512_store_si512(to + (k + 1) * 2 * kLanes, _mm512_unpackhi_epi8(low, high));
  }
}

JUROR_INLINE void fill(Tile& tile, const PackedWeight& w, std::int64_t strip, std::int64_t g) {
  for (std::int64_t s = 0; s < kStrips; ++s) {
    const std::int64_t place = std::min(strip + s, w.strips() - 1) * w.groups() + g;
    const std::uint8_t* codes = w.codes + place * w.group * kStrip * w.bits / 8;
    w.bits == 4 ? unpack4(codes, w.group, tile.values + s * 2 * kStrip)
                : unpack8(codes, w.group, tile.values + s * 2 * kStrip);
    for (std::int64_t i = 0; i < kStrip; ++i) {
      const float scale = w.scales[place * kStrip + i];
      tile.scales[s * kStrip + i] = scale;
      tile.offsets[s * kStrip + i] =
          w.bits == 4 ? scale * static_cast<float>(128 + w.zeros[place * kStrip + i]) : 0.0F;
    }
  }
}

/// Rows of x within one group, and the sums of each there.
struct Rows {
  const std::uint16_t* x;
  std::int64_t stride;
  const float* sums;  // null: not needed
  std::int64_t sums_stride;

  Rows from(std::int64_t row) const {
    return {x + row * stride, stride, sums ? sums + row * sums_stride : nullptr, sums_stride};
  }
};

/// totals [kCount, kLanes] += scale · x qᵀ − offset · Σ x; without sums there are no offsets.
template <int kCount>
JUROR_INLINE void add_rows(const Rows& rows, const Tile& tile, std::int64_t group, float* totals) {
  __m512 sums[kCount][kStrips];
  for (auto& row : sums) {
    for (__m512& sum : row) sum = _mm512_setzero_ps();
  }
  for (std::int64_t k = 0; k < group / 2; ++k) {
    const auto w0 = (__m512bh)_mm512_load_si512(tile.values + k * 2 * kLanes),
               w1 = (__m512bh)_mm512_load_si512(tile.values + k * 2 * kLanes + 2 * kStrip);
    for (int i = 0; i < kCount; ++i) {
      std::int32_t pair;
      std::memcpy(&pair, rows.x + i * rows.stride + 2 * k, sizeof pair);
      const auto x = (__m512bh)_mm512_set1_epi32(pair);
      sums[i][0] = _mm512_dpbf16_ps(sums[i][0], w0, x);
      sums[i][1] = _mm512_dpbf16_ps(sums[i][1], w1, x);
    }
  }
  for (int i = 0; i < kCount; ++i) {
    for (int s = 0; s < kStrips; ++s) {
      float* total = totals + i * kLanes + s * kStrip;
      __m512 less = _mm512_load_ps(total);
      if (rows.sums != nullptr)
        less = _mm512_fnmadd_ps(_mm512_loadu_ps(tile.offsets + s * kStrip),
                                _mm512_set1_ps(rows.sums[i * rows.sums_stride]), less);
      _mm512_store_ps(total,
                      _mm512_fmadd_ps(sums[i][s], _mm512_loadu_ps(tile.scales + s * kStrip), less));
    }
  }
}

JUROR_INLINE void add_all_rows(const Rows& rows, std::int64_t count, const Tile& tile,
                               std::int64_t group, float* totals) {
  std::int64_t row = 0;
  for (; row + 8 <= count; row += 8)
    add_rows<8>(rows.from(row), tile, group, totals + row * kLanes);
  for (; row + 4 <= count; row += 4)
    add_rows<4>(rows.from(row), tile, group, totals + row * kLanes);
  for (; row < count; ++row) add_rows<1>(rows.from(row), tile, group, totals + row * kLanes);
}

JUROR_INLINE void store_totals(const PackedProduct<std::uint16_t>& p, std::int64_t strip,
                               const float* totals) {
  for (std::int64_t s = 0; s < kStrips; ++s) {
    const std::int64_t output = (strip + s) * kStrip,
                       count = std::min(kStrip, p.weight.out - output);
    if (count <= 0) return;
    const auto lanes = static_cast<__mmask16>((1U << count) - 1);
    const __m512 bias =
        p.bias ? _mm512_maskz_loadu_ps(lanes, p.bias + output) : _mm512_setzero_ps();
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const __m512 sum = _mm512_add_ps(_mm512_load_ps(totals + row * kLanes + s * kStrip), bias);
      _mm256_mask_storeu_epi16(p.y + row * p.weight.out + output, lanes,
                               (__m256i)_mm512_cvtneps_pbh(sum));
    }
  }
}

}  // namespace

bool has_packed_kernel() {
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vbmi");
}

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

__attribute__((JUROR_TARGET)) void multiply_packed(const PackedProduct<std::uint16_t>& p,
                                                   std::int64_t begin, std::int64_t end) {
  const PackedWeight& w = p.weight;
  Aligned<float> totals(p.rows * kLanes);
  Aligned<std::uint16_t> values(w.group * kLanes);
  Tile tile{.values = values.data(), .scales = {}, .offsets = {}};
  for (std::int64_t strip = begin; strip < end; strip += kStrips) {
    std::fill_n(totals.data(), p.rows * kLanes, 0.0F);
    for (std::int64_t g = 0; g < w.groups(); ++g) {
      fill(tile, w, strip, g);
      const float* sums = w.bits == 4 ? p.sums + g : nullptr;
      add_all_rows({p.x + g * w.group, w.in, sums, w.groups()}, p.rows, tile, w.group,
                   totals.data());
    }
    store_totals(p, strip, totals.data());
  }
}

}  // namespace juror
