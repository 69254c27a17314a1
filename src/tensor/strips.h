// Products in bf16 on CPUs with AVX-512, sixteen outputs side by side: one vector holds their
// weights for a pair of inputs, x is broadcast from memory, and no sum over lanes is needed.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace juror {

/// Outputs side by side.
inline constexpr std::int64_t kStrip = 16;

/// Strips that hold so many outputs.
constexpr std::int64_t strips_of(std::int64_t out) { return (out + kStrip - 1) / kStrip; }

/// Rows of x that a product lays out at once: enough to pay for reading a strip again.
inline constexpr std::int64_t kRowsAtOnce = 256;

/// Memory for whole vectors, from where tensors have theirs. Holds anything at first.
template <class Element>
class Aligned {
 public:
  explicit Aligned(std::int64_t count)
      : memory_(
            c10::GetCPUAllocator()->allocate(static_cast<std::size_t>(count) * sizeof(Element))) {}
  Element* data() { return static_cast<Element*>(memory_.get()); }
  const Element* data() const { return static_cast<const Element*>(memory_.get()); }

 private:
  c10::DataPtr memory_;  // aligned to 64 bytes
};

/// Rows of x in blocks of `most` (8 or 16), the last one of 4, 8, 12 or 16; behind the last row
/// stand zeros. In a block the rows' values for a pair of inputs are neighbours: rows that a power
/// of two lies between would push each other out of the first cache.
class RowBlocks {
 public:
  struct Block {
    std::int64_t first;          // row
    int rows;                    // 4, 8, 12 or 16
    const std::uint32_t* pairs;  // [in / 2, rows]
  };
  /// x: bf16 bits [rows, in], in even.
  RowBlocks(const std::uint16_t* x, std::int64_t rows, std::int64_t in, std::int64_t most);
  const std::vector<Block>& blocks() const { return blocks_; }
  std::int64_t rows() const { return rows_; }
  /// With the zeros.
  std::int64_t padded_rows() const { return (rows_ + 3) / 4 * 4; }

 private:
  std::int64_t rows_;
  Aligned<std::uint32_t> memory_;
  std::vector<Block> blocks_;
};

/// Bytes that a product of so many rows needs for them beside x and y.
constexpr std::int64_t row_blocks_bytes(std::int64_t rows, std::int64_t in) {
  return (std::min(rows, kRowsAtOnce) + 3) / 4 * 4 * in *
         static_cast<std::int64_t>(sizeof(std::uint16_t));
}

/// Whether the CPU has what `add_products` needs.
bool has_strip_kernel();

/// Pairs of inputs [begin, begin + count) of a block of rows.
struct RowPairs {
  const RowBlocks::Block& block;
  std::int64_t begin, count;
};

/// How far ahead of the arithmetic memory is read. Nearer (2 KiB) the two take turns: 8 rows, 2048
/// -> 11,008 take 1.6 ms instead of 1.2 on an AMD EPYC (Zen 5), where reading takes 1.1.
inline constexpr std::int64_t kStripAhead = 8192;

/// sums [rows, 16] += x Wᵀ, pair after pair, whatever the number of rows; w: [count, 16, 2],
/// best aligned to 64 bytes. `fetches`: also the weights that follow, kStripAhead bytes on.
void add_products(const RowPairs& x, const std::uint16_t* w, bool fetches, float* sums);

/// A strip of which some inputs share a scale: sums [rows, 16] += scale · x Wᵀ − offset · Σ x.
struct ScaledStrip {
  const std::uint16_t* w;         // as above
  const float *scales, *offsets;  // [16]
  float* sums;
};

/// Σ x of a block's rows, `stride` apart; null where there are no offsets.
struct SumsOfX {
  const float* first;
  std::int64_t stride, rows;  // without the zeros
};

/// One strip or two, a block of 4 or 8 rows.
void add_scaled_products(const RowPairs& x, const SumsOfX& sums,
                         std::span<const ScaledStrip> strips);

/// Sixteen rows of W, [16, in] bf16 bits, `in` apart, as pairs [in / 2, 16, 2]. in: even.
void interleave(const std::uint16_t* w, std::int64_t in, std::uint16_t* to);

/// y[row, 16 outputs] = sums + bias in bf16, `stride` from row to row; outputs from `count` on are
/// not stored. sums: [rows, 16].
void store_strip(const float* sums, std::int64_t rows, const float* bias, std::int64_t count,
                 std::uint16_t* y, std::int64_t stride);

}  // namespace juror
