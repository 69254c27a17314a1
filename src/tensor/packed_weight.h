// A weight of four or eight bits as the CPU multiplies by it, without tensors, in strips of sixteen
// outputs (strips.h). Among tensors such a weight is a QuantizedWeight.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/strips.h"

namespace juror {

/// W [out, in], of which `group` neighbours of a row share a scale, and of four bits a zero.
struct PackedWeight {
  /// Strip by strip, in blocks of 64 bytes that hold some pairs of inputs of 16 outputs. Four bits:
  /// four pairs, w = (code − zero) · scale. Eight bits: two pairs, sign and magnitude,
  /// w = ± magnitude · scale. Where a code stands in its block say `place4` and `place8`.
  std::uint8_t* codes;
  float* scales;                // [strips, in / group, 16]
  std::uint8_t* zeros;          // [strips, in / group, 16]; null for eight bits
  std::int64_t out, in, group;  // in is a multiple of group, group of 32
  int bits;                     // 4 or 8

  std::int64_t strips() const { return strips_of(out); }
  std::int64_t groups() const { return in / group; }
  std::int64_t strip_bytes() const { return kStrip * in * bits / 8; }
};

/// Where in its strip the code of an output (0 … 15) and an input stands, of four bits in half
/// bytes: sixteen bits hold the codes of four pairs, those of the two inputs of a pair are in
/// neighbours.
constexpr std::int64_t place4(std::int64_t output, std::int64_t input) {
  const std::int64_t element = 2 * output + input % 2, pair = input / 2;
  return pair / 4 * 128 + element * 4 + pair % 4;
}

/// The same of eight bits, in bytes.
constexpr std::int64_t place8(std::int64_t output, std::int64_t input) {
  const std::int64_t element = 2 * output + input % 2, pair = input / 2;
  return pair / 2 * 64 + element / 8 * 16 + pair % 2 * 8 + element % 8;
}

/// Rounds rows of a strip to codes: w [rows of the strip, in], `stride` apart. Scales are rounded
/// to bf16 first, as files keep them. Four bits: least to greatest of a group in 15 steps, zero
/// among them; eight: ± greatest magnitude in 127 steps.
void quantize_strip(const float* w, std::int64_t stride, PackedWeight& to, std::int64_t strip);

/// Puts plain codes q [rows of the strip, in], one a byte and without sign (of eight bits 1 … 255,
/// 128 being zero), in their places.
void pack_strip(const std::uint8_t* codes, PackedWeight& to, std::int64_t strip);

/// The values of a strip's rows, rounded to the element once. to: [rows of the strip, in]; Element
/// is float, or std::uint16_t for bf16 bits.
void unpack_strip(const PackedWeight& weight, std::int64_t strip, float* to);
void unpack_strip(const PackedWeight& weight, std::int64_t strip, std::uint16_t* to);

/// y = x Wᵀ + bias. x: [rows, in]; y: [rows, out]; bias: [out] or null. Element as above.
template <class Element>
struct PackedProduct {
  const Element* x;
  const float* sums;  // group_sums of x; null for nothing
  const PackedWeight& weight;
  const float* bias;
  Element* y;
  std::int64_t rows;
};

/// Σ x of every row and group, [rows, groups], where zeros of the weight need it: in bf16, of four
/// bits. Else nothing.
std::vector<float> group_sums(const float* x, std::int64_t rows, const PackedWeight& weight);
std::vector<float> group_sums(const std::uint16_t* x, std::int64_t rows,
                              const PackedWeight& weight);

/// Of a block: so many rows by two strips are sums enough to keep the adders busy, and still
/// registers.
inline constexpr std::int64_t kPackedRows = 8;

/// Whether the CPU multiplies bf16 by packed weights in vectors.
bool has_packed_kernel();

/// Computes the outputs of strips [begin, end). Codes are exact in either type, products of a group
/// are summed in fp32 and scaled there: only x and y are rounded. A value of y does not depend on
/// the other rows.
void multiply_packed(const PackedProduct<float>& product, std::int64_t begin, std::int64_t end);
/// Only where `has_packed_kernel()`. x: the product's rows, kRowsAtOnce at most, in blocks of
/// kPackedRows.
void multiply_packed(const PackedProduct<std::uint16_t>& product, const RowBlocks& x,
                     std::int64_t begin, std::int64_t end);

}  // namespace juror
