#include "tensor/quantized.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/error.h"
#include "tensor/device.h"
#include "tensor/linear.h"
#include "tensor/packed_weight.h"

namespace juror {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// With tiles of the CPU's own (AMX) the library multiplies many rows faster than vectors do, also
// with the weight unpacked first.
constexpr std::int64_t kMostRowsBesideTiles = 64;
constexpr std::int64_t kPanel = 512;  // outputs unpacked at once for the library

QuantizedWeight empty_weight(std::int64_t out, std::int64_t in, const Quantization& how) {
  const auto bytes = at::TensorOptions(at::kByte);
  const std::int64_t strips = strips_of(out), groups = in / how.group;
  return {.codes = at::zeros({strips, kStrip * in * how.bits / 8}, bytes),
          .scales = at::zeros({strips, groups, kStrip}, at::kFloat),
          .zeros = how.bits == 4 ? at::zeros({strips, groups, kStrip}, bytes) : Tensor(),
          .out = out,
          .in = in,
          .group = how.group,
          .bits = how.bits};
}

/// The weight for the kernels; it must be on the CPU.
PackedWeight packed(const QuantizedWeight& w) {
  return {.codes = w.codes.data_ptr<std::uint8_t>(),
          .scales = w.scales.data_ptr<float>(),
          .zeros = w.zeros.defined() ? w.zeros.data_ptr<std::uint8_t>() : nullptr,
          .out = w.out,
          .in = w.in,
          .group = w.group,
          .bits = w.bits};
}

/// [strips, groups, 16] or [strips, in, 16] -> [out, groups or in].
Tensor by_output(const Tensor& x, std::int64_t out) {
  return x.transpose(1, 2).reshape({-1, x.size(1)}).narrow(0, 0, out);
}

/// The other way, padded with zeros.
Tensor by_strip(const Tensor& x) {
  const std::int64_t strips = strips_of(x.size(0));
  const Tensor padded = at::constant_pad_nd(x, {0, 0, 0, strips * kStrip - x.size(0)});
  return padded.reshape({strips, kStrip, -1}).transpose(1, 2).contiguous();
}

/// Of eight bits, the place in its strip of every (input, output): [in · 16].
Tensor places(std::int64_t in) {
  Tensor places = at::empty({in * kStrip}, at::kLong);
  std::int64_t* to = places.data_ptr<std::int64_t>();
  for (std::int64_t k = 0; k < in; ++k) {
    for (std::int64_t i = 0; i < kStrip; ++i) *to++ = place8(i, k);
  }
  return places;
}

/// Codes in the order of the strips, one a byte. Returns [strips, in, 16].
Tensor codes_by_strip(const QuantizedWeight& w) {
  const std::int64_t strips = w.codes.size(0);
  if (w.bits == 8)
    return w.codes.index_select(1, places(w.in).to(w.codes.device())).view({strips, w.in, kStrip});
  // [strips, in / 8, 16 outputs, 2 inputs, 2 pairs of pairs, 2 pairs] -> [strips, in, 16]
  const Tensor both = w.codes.view({strips, w.in / 8, kStrip, 2, 2});
  return at::stack({both.bitwise_and(0xF), both.bitwise_right_shift(4)}, -1)
      .permute({0, 1, 4, 5, 3, 2})
      .reshape({strips, w.in, kStrip});
}

/// Code − zero. Returns fp32 [out, in].
Tensor centred(const QuantizedWeight& w) {
  const Tensor codes = by_output(codes_by_strip(w), w.out).to(at::kFloat);
  if (w.bits == 8) return at::where(codes < 128, codes, 128 - codes);  // sign and magnitude
  return codes - by_output(w.zeros, w.out).to(at::kFloat).repeat_interleave(w.group, 1);
}

/// Values of strips [begin, end) on the CPU. Returns [outputs, in].
template <class Element>
Tensor unpack_strips(const QuantizedWeight& w, std::int64_t begin, std::int64_t end,
                     at::ScalarType dtype) {
  const PackedWeight weight = packed(w);
  const std::int64_t first = begin * kStrip, count = std::min(end * kStrip, w.out) - first;
  Tensor values = at::empty({count, w.in}, dtype);
  auto* to = static_cast<Element*>(values.mutable_data_ptr());
  at::parallel_for(begin, end, 1, [&](std::int64_t from, std::int64_t until) {
    for (std::int64_t strip = from; strip < until; ++strip)
      unpack_strip(weight, strip, to + (strip * kStrip - first) * w.in);
  });
  return values;
}

Tensor unpack_strips(const QuantizedWeight& w, std::int64_t begin, std::int64_t end,
                     at::ScalarType dtype) {
  if (dtype == at::kFloat) return unpack_strips<float>(w, begin, end, dtype);
  if (dtype == at::kBFloat16) return unpack_strips<std::uint16_t>(w, begin, end, dtype);
  return unpack_strips<float>(w, begin, end, at::kFloat).to(dtype);
}

/// Calls back with strips [begin, end) on all threads, two at a time.
template <class Multiply>
void each_pair_of_strips(const PackedWeight& w, const Multiply& multiply) {
  at::parallel_for(0, (w.strips() + 1) / 2, 1, [&](std::int64_t begin, std::int64_t end) {
    multiply(begin * 2, std::min(end * 2, w.strips()));
  });
}

void multiply(const PackedProduct<float>& product) {
  each_pair_of_strips(product.weight, [&](std::int64_t begin, std::int64_t end) {
    multiply_packed(product, begin, end);
  });
}

/// Some rows at a time, which all threads share.
void multiply(const PackedProduct<std::uint16_t>& all) {
  const PackedWeight& w = all.weight;
  for (std::int64_t first = 0; first < all.rows; first += kRowsAtOnce) {
    const PackedProduct<std::uint16_t> some{
        .x = all.x + first * w.in,
        .sums = all.sums ? all.sums + first * w.groups() : nullptr,
        .weight = w,
        .bias = all.bias,
        .y = all.y + first * w.out,
        .rows = std::min(kRowsAtOnce, all.rows - first)};
    const RowBlocks x(some.x, some.rows, w.in, kPackedRows);
    each_pair_of_strips(
        w, [&](std::int64_t begin, std::int64_t end) { multiply_packed(some, x, begin, end); });
  }
}

template <class Element>
Tensor by_kernel(const Tensor& x, const QuantizedWeight& w, const Tensor& bias) {
  const Tensor rows = x.contiguous(),
               offset = bias.defined() ? bias.to(at::kFloat).contiguous() : Tensor();
  Tensor y = at::empty({x.size(0), w.out}, x.options());
  const PackedWeight weight = packed(w);
  const auto* values = static_cast<const Element*>(rows.const_data_ptr());
  const std::vector<float> sums = group_sums(values, x.size(0), weight);
  multiply(
      PackedProduct<Element>{.x = values,
                             .sums = sums.empty() ? nullptr : sums.data(),
                             .weight = weight,
                             .bias = offset.defined() ? offset.const_data_ptr<float>() : nullptr,
                             .y = static_cast<Element*>(y.mutable_data_ptr()),
                             .rows = x.size(0)});
  return y;
}

/// By the library, some outputs at a time.
Tensor by_panels(const Tensor& x, const QuantizedWeight& w, const Tensor& bias) {
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < w.out; begin += kPanel) {
    const std::int64_t end = std::min(begin + kPanel, w.out);
    const Tensor panel = unpack_strips(w, begin / kStrip, strips_of(end), x.scalar_type());
    parts.push_back(
        linear_product(x, panel, bias.defined() ? bias.narrow(0, begin, end - begin) : Tensor()));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

/// x: [T, in], without gradients.
Tensor product(const Tensor& x, const QuantizedWeight& w, const Tensor& bias) {
  if (!x.is_cpu()) return linear_product(x, dequantize(w, x.scalar_type()), bias);
  const bool is_many = x.size(0) > kMostRowsBesideTiles;
  if (x.scalar_type() == at::kFloat && !is_many) return by_kernel<float>(x, w, bias);
  if (x.scalar_type() == at::kBFloat16 && has_packed_kernel() && !(is_many && cpu_has_tiles()))
    return by_kernel<std::uint16_t>(x, w, bias);
  return by_panels(x, w, bias);
}

/// dx = dy W, some outputs at a time. dy: [T, out]. Returns [T, in].
Tensor input_gradient(const Tensor& dy, const QuantizedWeight& w) {
  if (!dy.is_cpu()) return dy.matmul(dequantize(w, dy.scalar_type()));
  Tensor dx = at::zeros({dy.size(0), w.in}, dy.options().dtype(at::kFloat));
  for (std::int64_t begin = 0; begin < w.out; begin += kPanel) {
    const std::int64_t end = std::min(begin + kPanel, w.out);
    const Tensor panel = unpack_strips(w, begin / kStrip, strips_of(end), dy.scalar_type());
    dx += dy.narrow(1, begin, end - begin).matmul(panel);
  }
  return dx.to(dy.scalar_type());
}

struct QuantizedLinear : torch::autograd::Function<QuantizedLinear> {
  static Variable forward(AutogradContext* context, const Variable& x, const QuantizedWeight& w,
                          const std::optional<Tensor>& bias) {
    context->save_for_backward({w.codes, w.scales, w.zeros});
    context->saved_data["sizes"] = std::vector<std::int64_t>{w.out, w.in, w.group, w.bits};
    context->saved_data["has_bias"] = bias.has_value() && bias->requires_grad();
    return product(x, w, bias.value_or(Tensor()));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto sizes = context->saved_data["sizes"].toIntVector();
    const QuantizedWeight w{.codes = saved[0],
                            .scales = saved[1],
                            .zeros = saved[2],
                            .out = sizes[0],
                            .in = sizes[1],
                            .group = sizes[2],
                            .bits = static_cast<int>(sizes[3])};
    Tensor d_bias;
    if (context->saved_data["has_bias"].toBool()) d_bias = gradients[0].sum(0);
    return {input_gradient(gradients[0], w), Tensor(), d_bias};
  }
};

}  // namespace

std::int64_t QuantizedWeight::bytes() const {
  return static_cast<std::int64_t>(codes.nbytes() + scales.nbytes() +
                                   (zeros.defined() ? zeros.nbytes() : 0));
}

std::int64_t group_for(std::int64_t in, std::int64_t most) {
  for (const std::int64_t group : {128, 64, 32}) {
    if (group <= most && in % group == 0) return group;
  }
  return 0;
}

QuantizedWeight quantize(const Tensor& weight, const Quantization& how) {
  require(how.bits == 4 || how.bits == 8, "A weight is kept in 4 or 8 bits, not in {}.", how.bits);
  require(
      weight.dim() == 2 && how.group > 0 && how.group % 32 == 0 && weight.size(1) % how.group == 0,
      "A weight of shape {} cannot be kept in {} bits: groups of {} do not divide its rows.",
      shape_text(weight.sizes()), how.bits, how.group);
  const std::int64_t in = weight.size(1);
  QuantizedWeight quantized = empty_weight(weight.size(0), in, how);
  PackedWeight to = packed(quantized);
  at::parallel_for(0, to.strips(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip) {
      const std::int64_t first = strip * kStrip, count = std::min(kStrip, to.out - first);
      const Tensor rows =
          weight.detach().narrow(0, first, count).to(at::kCPU, at::kFloat).contiguous();
      quantize_strip(rows.const_data_ptr<float>(), in, to, strip);
    }
  });
  return on_device(quantized, weight.device());
}

QuantizedWeight pack_quantized(const Tensor& codes, const Tensor& scales, const Tensor& zeros,
                               int bits, const std::string& what) {
  const std::int64_t out = codes.size(0), in = codes.size(1);
  QuantizedWeight w = empty_weight(out, in, {.bits = bits, .group = in / scales.size(1)});
  w.scales = by_strip(scales.to(at::kFloat));
  if (bits == 4) {
    w.zeros = by_strip(zeros.defined() ? zeros : at::full_like(scales, 8, at::kByte));
  } else {
    require_model(!zeros.defined() || at::all(zeros == 128).item<bool>(),
                  "{} has eight bits with zeros of its own, and Juror reads eight bits that are "
                  "symmetric alone.",
                  what);
    require_model(!at::any(codes == 0).item<bool>(),
                  "{} holds the code -128, and Juror reads -127 to 127 alone.", what);
  }
  const Tensor plain = codes.contiguous();
  PackedWeight to = packed(w);
  at::parallel_for(0, to.strips(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip)
      pack_strip(plain.const_data_ptr<std::uint8_t>() + strip * kStrip * in, to, strip);
  });
  return w;
}

PlainQuantized unpack_quantized(const QuantizedWeight& w) {
  Tensor codes = by_output(codes_by_strip(w), w.out);
  if (w.bits == 8)
    codes =
        at::where(codes < 128, codes.bitwise_or(0x80), 256 - codes.to(at::kShort)).to(at::kByte);
  return {.codes = codes.contiguous(),
          .scales = by_output(w.scales, w.out).contiguous(),
          .zeros = w.bits == 4 ? by_output(w.zeros, w.out).contiguous() : Tensor()};
}

Tensor dequantize(const QuantizedWeight& w, at::ScalarType dtype) {
  if (w.codes.is_cpu()) return unpack_strips(w, 0, w.codes.size(0), dtype);
  return (centred(w) * by_output(w.scales, w.out).repeat_interleave(w.group, 1)).to(dtype);
}

QuantizedWeight on_device(const QuantizedWeight& weight, const at::Device& device) {
  QuantizedWeight there = weight;
  there.codes = weight.codes.to(device);
  there.scales = weight.scales.to(device);
  if (weight.zeros.defined()) there.zeros = weight.zeros.to(device);
  return there;
}

Tensor linear_product(const Tensor& x, const QuantizedWeight& weight, const Tensor& bias) {
  require(x.size(-1) == weight.in, "A product of x of width {} with a weight of {} inputs.",
          x.size(-1), weight.in);
  const bool has_gradient = c10::GradMode::is_enabled() &&
                            (x.requires_grad() || (bias.defined() && bias.requires_grad()));
  const Tensor rows = x.reshape({-1, weight.in});
  const Tensor y = has_gradient
                       ? QuantizedLinear::apply(rows, weight,
                                                bias.defined() ? std::optional(bias) : std::nullopt)
                       : product(rows, weight, bias);
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.out;
  return y.view(shape);
}

}  // namespace juror
