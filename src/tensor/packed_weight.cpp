// For every CPU: rounding to codes, unpacking, and the product in fp32. Written in plain loops over
// the sixteen outputs of a strip, which the compiler turns into vectors for three kinds of CPU.
#include "tensor/packed_weight.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/bf16_bits.h"

#define JUROR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

namespace juror {
namespace {

std::int64_t rows_of(const PackedWeight& w, std::int64_t strip) {
  return std::min(kStrip, w.out - strip * kStrip);
}

/// Code − zero of one group of a strip, whole numbers. tile: [group, 16].
JUROR_CLONES void centre_group(const PackedWeight& w, std::int64_t strip, std::int64_t g,
                               float* tile) {
  const std::int64_t place = strip * w.groups() + g;
  const std::uint8_t* codes = w.codes + place * w.group * kStrip * w.bits / 8;
  if (w.bits == 4) {
    const std::uint8_t* zeros = w.zeros + place * kStrip;
    for (std::int64_t k = 0; k < w.group; ++k) {
      const std::int64_t first = place4(0, k), shift = first % 2 * 4;
      for (std::int64_t i = 0; i < kStrip; ++i)
        tile[k * kStrip + i] =
            static_cast<float>((codes[first / 2 + 4 * i] >> shift & 0xF) - zeros[i]);
    }
    return;
  }
  for (std::int64_t k = 0; k < w.group; ++k) {
    for (std::int64_t i = 0; i < kStrip; ++i) {
      const int code = codes[place8(i, k)], magnitude = code & 0x7F;
      tile[k * kStrip + i] = static_cast<float>((code & 0x80) != 0 ? -magnitude : magnitude);
    }
  }
}

template <class Element>
void unpack(const PackedWeight& w, std::int64_t strip, Element* to) {
  std::vector<float> tile(static_cast<std::size_t>(w.group * kStrip));
  for (std::int64_t g = 0; g < w.groups(); ++g) {
    centre_group(w, strip, g, tile.data());
    const float* scales = w.scales + (strip * w.groups() + g) * kStrip;
    for (std::int64_t i = 0; i < rows_of(w, strip); ++i) {
      Element* row = to + i * w.in + g * w.group;
      for (std::int64_t k = 0; k < w.group; ++k)
        store(row + k, tile[static_cast<std::size_t>(k * kStrip + i)] * scales[i]);
    }
  }
}

struct Steps {
  float scale = 0;
  int zero = 0;
};

/// What rounds values between `least` and `greatest` best: a scale that bf16 has, and a zero.
Steps steps_of(float least, float greatest, int bits) {
  const auto rounded = [](float scale) { return from_bf16(to_bf16(scale)); };
  if (bits == 8) return {.scale = rounded(std::max(-least, greatest) / 127.0F)};
  least = std::min(least, 0.0F);
  greatest = std::max(greatest, 0.0F);
  const float scale = rounded((greatest - least) / 15.0F);
  const float zero = scale > 0 ? std::nearbyint(-least / scale) : 0;
  return {.scale = scale, .zero = static_cast<int>(std::clamp(zero, 0.0F, 15.0F))};
}

int code_of(float value, const Steps& steps, int bits) {
  const float q = steps.scale > 0 ? std::nearbyint(value / steps.scale) : 0.0F;
  if (bits == 4)
    return static_cast<int>(std::clamp(q + static_cast<float>(steps.zero), 0.0F, 15.0F));
  const int magnitude = static_cast<int>(std::min(std::fabs(q), 127.0F));
  return magnitude | (q < 0 ? 0x80 : 0);
}

void put_code(PackedWeight& w, std::int64_t strip, std::int64_t output, std::int64_t input,
              int code) {
  std::uint8_t* codes = w.codes + strip * w.strip_bytes();
  if (w.bits == 8) {
    codes[place8(output, input)] = static_cast<std::uint8_t>(code);
  } else {
    const std::int64_t place = place4(output, input);
    std::uint8_t& both = codes[place / 2];
    both =
        static_cast<std::uint8_t>(place % 2 == 0 ? (both & 0xF0) | code : (both & 0xF) | code << 4);
  }
}

using Lanes = float __attribute__((vector_size(kStrip * sizeof(float)), aligned(4)));

/// One group of some rows. tile: [group, 16] whole numbers; totals: [rows, 16].
struct GroupProduct {
  const float* x;
  std::int64_t stride, rows;
  const float *tile, *scales;
  std::int64_t group;
  float* totals;
};

JUROR_CLONES void add_group(const GroupProduct& p) {
  constexpr std::int64_t kRows = 4;  // behind the last row the last one is computed again
  const auto* tile = reinterpret_cast<const Lanes*>(p.tile);
  const Lanes scales = *reinterpret_cast<const Lanes*>(p.scales);
  for (std::int64_t row = 0; row < p.rows; row += kRows) {
    const float* x[kRows];
    for (std::int64_t i = 0; i < kRows; ++i) x[i] = p.x + std::min(row + i, p.rows - 1) * p.stride;
    Lanes sums[kRows] = {};
    for (std::int64_t k = 0; k < p.group; ++k) {
      for (std::int64_t i = 0; i < kRows; ++i) sums[i] += x[i][k] * tile[k];
    }
    for (std::int64_t i = 0; i < std::min(kRows, p.rows - row); ++i)
      reinterpret_cast<Lanes*>(p.totals)[row + i] += scales * sums[i];
  }
}

}  // namespace

void quantize_strip(const float* w, std::int64_t stride, PackedWeight& to, std::int64_t strip) {
  for (std::int64_t g = 0; g < to.groups(); ++g) {
    for (std::int64_t i = 0; i < kStrip; ++i) {
      const std::int64_t place = (strip * to.groups() + g) * kStrip + i;
      const bool is_there = i < rows_of(to, strip);
      const float* row = is_there ? w + i * stride + g * to.group : nullptr;
      const auto range = is_there ? std::minmax_element(row, row + to.group) : std::pair(row, row);
      const Steps steps = is_there ? steps_of(*range.first, *range.second, to.bits) : Steps{};
      to.scales[place] = steps.scale;
      if (to.bits == 4) to.zeros[place] = static_cast<std::uint8_t>(steps.zero);
      for (std::int64_t k = 0; k < to.group; ++k)
        put_code(to, strip, i, g * to.group + k, is_there ? code_of(row[k], steps, to.bits) : 0);
    }
  }
}

void pack_strip(const std::uint8_t* codes, PackedWeight& to, std::int64_t strip) {
  for (std::int64_t i = 0; i < rows_of(to, strip); ++i) {
    for (std::int64_t k = 0; k < to.in; ++k) {
      const int code = codes[i * to.in + k];
      const int value = to.bits == 4 ? code : code < 128 ? (128 - code) | 0x80 : code - 128;
      put_code(to, strip, i, k, value);
    }
  }
}

void unpack_strip(const PackedWeight& weight, std::int64_t strip, float* to) {
  unpack(weight, strip, to);
}
void unpack_strip(const PackedWeight& weight, std::int64_t strip, std::uint16_t* to) {
  unpack(weight, strip, to);
}

std::vector<float> group_sums(const float*, std::int64_t, const PackedWeight&) { return {}; }

void multiply_packed(const PackedProduct<float>& p, std::int64_t begin, std::int64_t end) {
  const PackedWeight& w = p.weight;
  std::vector<float> tile(static_cast<std::size_t>(w.group * kStrip)), totals;
  for (std::int64_t strip = begin; strip < end; ++strip) {
    totals.assign(static_cast<std::size_t>(p.rows * kStrip), 0.0F);
    for (std::int64_t g = 0; g < w.groups(); ++g) {
      centre_group(w, strip, g, tile.data());
      add_group({.x = p.x + g * w.group,
                 .stride = w.in,
                 .rows = p.rows,
                 .tile = tile.data(),
                 .scales = w.scales + (strip * w.groups() + g) * kStrip,
                 .group = w.group,
                 .totals = totals.data()});
    }
    for (std::int64_t row = 0; row < p.rows; ++row) {
      for (std::int64_t i = 0; i < rows_of(w, strip); ++i) {
        const std::int64_t output = strip * kStrip + i;
        p.y[row * w.out + output] =
            totals[static_cast<std::size_t>(row * kStrip + i)] + (p.bias ? p.bias[output] : 0.0F);
      }
    }
  }
}

}  // namespace juror
