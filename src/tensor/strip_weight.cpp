#include "tensor/strip_weight.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIndexing.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/error.h"
#include "tensor/device.h"
#include "tensor/strips.h"

namespace juror {
namespace {

constexpr std::int64_t kPairsAtOnce =
    256;                                // 16 KiB of a strip stay in the first cache while rows pass
constexpr std::int64_t kMostRows = 16;  // of a block: so many sums are registers

/// One product; all contiguous, bf16 bits.
struct Product {
  const std::uint16_t* x;       // [rows, in]
  const std::uint16_t* strips;  // [out / 16, in / 2, 16, 2]
  const float* bias;            // [out] or null
  std::uint16_t* y;             // [rows, out]
  std::int64_t rows, in, out;
};

/// The product's rows, x, by strips [begin, end).
void multiply_strips(const Product& p, const RowBlocks& x, std::int64_t begin, std::int64_t end) {
  const std::int64_t pairs = p.in / 2;
  Aligned<float> sums(x.padded_rows() * kStrip);
  for (std::int64_t strip = begin; strip < end; ++strip) {
    std::fill_n(sums.data(), x.padded_rows() * kStrip, 0.0F);
    const std::uint16_t* w = p.strips + strip * pairs * 2 * kStrip;
    for (std::int64_t k = 0; k < pairs; k += kPairsAtOnce) {
      for (const RowBlocks::Block& block : x.blocks()) {
        const RowPairs some{.block = block, .begin = k, .count = std::min(kPairsAtOnce, pairs - k)};
        add_products(some, w + k * 2 * kStrip, block.first == 0,
                     sums.data() + block.first * kStrip);
      }
    }
    const std::int64_t output = strip * kStrip;
    store_strip(sums.data(), p.rows, p.bias ? p.bias + output : nullptr, kStrip, p.y + output,
                p.out);
  }
}

/// Some rows at a time, which all threads share.
void multiply(const Product& all) {
  for (std::int64_t first = 0; first < all.rows; first += kRowsAtOnce) {
    Product some = all;
    some.x += first * all.in;
    some.y += first * all.out;
    some.rows = std::min(kRowsAtOnce, all.rows - first);
    const RowBlocks x(some.x, some.rows, some.in, kMostRows);
    at::parallel_for(0, all.out / kStrip, 1, [&](std::int64_t begin, std::int64_t end) {
      multiply_strips(some, x, begin, end);
    });
  }
}

const std::uint16_t* bits(const Tensor& t) {
  return static_cast<const std::uint16_t*>(t.const_data_ptr());
}

}  // namespace

bool fits_strips(const Tensor& weight) {
  static const bool has_kernel = has_strip_kernel() && !cpu_has_tiles();
  return has_kernel && weight.is_cpu() && weight.scalar_type() == at::kBFloat16 &&
         weight.dim() == 2 && weight.size(0) % kStrip == 0 && weight.size(1) % 2 == 0;
}

Tensor to_strips(const Tensor& weight) {
  require(fits_strips(weight), "A weight of shape {} cannot be laid out in strips.",
          shape_text(weight.sizes()));
  const Tensor rows = weight.contiguous();
  const std::int64_t in = weight.size(1), size = kStrip * in;
  Tensor strips = at::empty({weight.size(0) / kStrip, in / 2, kStrip, 2}, weight.options());
  auto* to = static_cast<std::uint16_t*>(strips.mutable_data_ptr());
  at::parallel_for(0, strips.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip)
      interleave(bits(rows) + strip * size, in, to + strip * size);
  });
  return strips;
}

Tensor rows_of_strips(const Tensor& strips, const Tensor& ids) {
  const Tensor strip = ids.div(kStrip, "floor"), place = ids.remainder(kStrip);
  return strips.index({strip, at::indexing::Slice(), place})
      .reshape({ids.size(0), 2 * strips.size(1)});
}

Tensor strip_product(const Tensor& x, const Tensor& strips, const Tensor& bias) {
  const std::int64_t in = 2 * strips.size(1), out = kStrip * strips.size(0);
  require(x.size(-1) == in, "A product of x of width {} with a weight of {} inputs.", x.size(-1),
          in);
  require(x.scalar_type() == at::kBFloat16 &&
              !(c10::GradMode::is_enabled() &&
                (x.requires_grad() || (bias.defined() && bias.requires_grad()))),
          "A model that is loaded to judge computes in bfloat16 and without gradients.");
  const Tensor rows = x.reshape({-1, in}).contiguous();
  const Tensor offset = bias.defined() ? bias.to(at::kFloat).contiguous() : Tensor();
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = out;
  Tensor y = at::empty(shape, x.options());
  multiply({.x = bits(rows),
            .strips = bits(strips),
            .bias = offset.defined() ? offset.const_data_ptr<float>() : nullptr,
            .y = static_cast<std::uint16_t*>(y.mutable_data_ptr()),
            .rows = rows.size(0),
            .in = in,
            .out = out});
  return y;
}

}  // namespace juror
