#include "model/layers.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "tensor/lean.h"
#include "tensor/linear.h"
#include "tensor/low_rank.h"
#include "tensor/strip_weight.h"

namespace juror {

namespace {

/// The layer without its adapter.
Tensor base_product(const Linear& linear, const Tensor& x) {
  if (linear.strips.defined()) return strip_product(x, linear.strips, linear.bias);
  return linear.quantized.defined() ? linear_product(x, linear.quantized, linear.bias)
                                    : linear_product(x, linear.weight, linear.bias);
}

}  // namespace

at::Device Linear::device() const {
  if (strips.defined()) return strips.device();
  return quantized.defined() ? quantized.codes.device() : weight.device();
}

std::int64_t Linear::weight_bytes() const {
  if (quantized.defined()) return quantized.bytes();
  return static_cast<std::int64_t>((strips.defined() ? strips : weight).nbytes());
}

Tensor Linear::operator()(const Tensor& x) const {
  if (!lora.a.defined() || !lora.is_on) return base_product(*this, x);
  if (lora.merged.defined() && !c10::GradMode::is_enabled())
    return linear_product(x, lora.merged, bias);
  const at::ScalarType base = is_packed() ? x.scalar_type() : weight.scalar_type();
  if (base != lora.a.scalar_type())
    return add_low_rank(base_product(*this, x), x, {lora.a, lora.b, lora.scale});
  const Tensor low = linear_product(x.to(lora.a.scalar_type()), lora.a) * lora.scale;  // [.., r]
  Tensor y = base_product(*this, x);
  const bool is_simple = y.dim() == 2 && y.scalar_type() == low.scalar_type() &&
                         low.scalar_type() == lora.b.scalar_type();
  if (is_simple) return y.addmm_(low, lora.b.t());  // in place: a sum would be one more pass over y
  return (y + linear_product(low, lora.b)).to(x.scalar_type());
}

Tensor RmsNorm::operator()(const Tensor& x) const { return rms_norm(x, weight, eps); }

Tensor Norm::operator()(const Tensor& x) const {
  if (!bias.defined()) return rms_norm(x, weight, eps);
  const at::ScalarType wide = at::promote_types(x.scalar_type(), weight.scalar_type());
  return at::layer_norm(x.to(wide), {x.size(-1)}, weight.to(wide), bias.to(wide), eps)
      .to(x.scalar_type());
}

Tensor GeluMlp::operator()(const Tensor& x) const {
  const Tensor inner = in(x);
  return out(is_quick ? inner * at::sigmoid(1.702 * inner) : at::gelu(inner, "tanh"));
}

Tensor SwiGlu::operator()(const Tensor& x) const {
  const Tensor gated = gate(x), upper = up(x);
  if (!down.is_plain()) return down(swiglu(gated, upper));
  return swiglu_linear(gated, upper, {down.weight, down.bias});
}

namespace {

/// Whether plain loops over x, cos and sin can do it: they are in one type on the CPU, and nobody
/// wants a gradient.
bool is_for_loops(const Tensor& x, const RopeTable& table) {
  const auto fits = [](const Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; };
  const bool differentiates = c10::GradMode::is_enabled() && x.requires_grad();
  return fits(x) && fits(table.cos) && fits(table.sin) && !differentiates && x.dim() == 3 &&
         x.stride(2) == 1 && table.cos.is_contiguous() && table.sin.is_contiguous() &&
         table.cos.numel() == x.size(0) * (x.size(2) / 2);
}

/// `rotate` in one pass over x. Broadcast products of half a head each are slow: libtorch makes a
/// loop of D/2 numbers of them.
Tensor rotate_by_loops(const Tensor& x, const RopeTable& table) {
  const std::int64_t heads = x.size(1), half = x.size(2) / 2;
  Tensor y = at::empty(x.sizes(), x.options());
  const float *from = x.const_data_ptr<float>(), *cosines = table.cos.const_data_ptr<float>(),
              *sines = table.sin.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.size(0), 256, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t head = begin * heads; head < end * heads; ++head) {
      const std::int64_t row = head / heads;
      const float *cos = cosines + row * half, *sin = sines + row * half;
      const float* a = from + row * x.stride(0) + (head % heads) * x.stride(1);
      float* out = to + head * 2 * half;
      for (std::int64_t i = 0; i < half; ++i) {
        out[i] = a[i] * cos[i] - a[half + i] * sin[i];
        out[half + i] = a[half + i] * cos[i] + a[i] * sin[i];
      }
    }
  });
  return y;
}

}  // namespace

Tensor rotate(const Tensor& x, const RopeTable& table) {
  if (is_for_loops(x, table)) return rotate_by_loops(x, table);
  const auto halves = x.chunk(2, -1);  // not narrow, whose gradient is as large as the whole
  const Tensor &a = halves[0], &b = halves[1];
  const Tensor cos = table.cos.to(x.scalar_type()), sin = table.sin.to(x.scalar_type());
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

namespace {

// The fused kernels for training multiply head by head; many short segments are faster in one
// batched product.
constexpr std::int64_t kShortSegment = 32;

/// Attention written out. q, k, v: [B, H, L, D]. Returns the same shape.
Tensor plain_attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const auto flat = [](const Tensor& x) { return x.reshape({-1, x.size(2), x.size(3)}); };
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const Tensor weights = at::softmax(at::bmm(flat(q) * scale, flat(k).transpose(1, 2)), -1);
  return at::bmm(weights.to(v.scalar_type()), flat(v)).reshape(q.sizes());
}

/// [T, H_kv, D] -> [T, H_kv · share, D].
Tensor repeat_heads(const Tensor& x, std::int64_t share) {
  return x.unsqueeze(2)
      .expand({-1, -1, share, -1})
      .reshape({x.size(0), x.size(1) * share, x.size(2)});
}

/// `count` segments of `length` rows each. q: [count·length, H, D]. Returns [count·length, H·D].
Tensor equal_segments(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t length,
                      bool is_causal) {
  const std::int64_t share = q.size(1) / k.size(1), units = q.size(0) / length * k.size(1);
  // The fused backward pass has one unit of work a key head: copies of them feed more threads.
  // Those of CUDA that need no [L, L] share key heads in 16 bits alone.
  const bool wants_copies =
      q.is_cpu() ? units < at::get_num_threads() : q.scalar_type() == at::kFloat;
  if (share > 1 && wants_copies)
    return equal_segments(q, repeat_heads(k, share), repeat_heads(v, share), length, is_causal);
  const bool is_grouped = share > 1;
  const auto batched = [&](const Tensor& x) {
    return x.reshape({-1, length, x.size(1), x.size(2)}).transpose(1, 2);
  };
  const bool is_short = !is_causal && !is_grouped && length <= kShortSegment &&
                        c10::GradMode::is_enabled() && q.requires_grad();
  const Tensor out =
      is_short ? plain_attention(batched(q), batched(k), batched(v))
               : at::scaled_dot_product_attention(batched(q), batched(k), batched(v),
                                                  /*attn_mask=*/{}, /*dropout_p=*/0.0, is_causal,
                                                  /*scale=*/{}, is_grouped);
  return out.transpose(1, 2).reshape({-1, q.size(1) * q.size(2)});
}

}  // namespace

Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                         const std::vector<std::int64_t>& lengths, bool is_causal) {
  std::vector<std::int64_t> group_lengths, group_rows;  // neighbours of equal length
  for (const std::int64_t length : lengths) {
    if (group_lengths.empty() || group_lengths.back() != length) {
      group_lengths.push_back(length);
      group_rows.push_back(0);
    }
    group_rows.back() += length;
  }
  const std::int64_t rows = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  require(rows == q.size(0), "Attention over {} rows was given segments of {} rows in all.",
          q.size(0), rows);
  // split, not narrow: the gradient of each narrow would be as large as the whole
  const auto qs = q.split_with_sizes(group_rows), ks = k.split_with_sizes(group_rows),
             vs = v.split_with_sizes(group_rows);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < qs.size(); ++i)
    parts.push_back(equal_segments(qs[i], ks[i], vs[i], group_lengths[i], is_causal));
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

LayerVisitor by_parameter(const ParameterVisitor& visit) {
  const auto visit_linear = [visit](const std::string& name, Linear& linear,
                                    const LinearShape& shape) {
    if (!linear.is_packed()) visit(name + ".weight", linear.weight, {shape.out, shape.in});
    if (shape.has_bias) visit(name + ".bias", linear.bias, {shape.out});
  };
  return {.linear = visit_linear, .parameter = visit};
}

}  // namespace juror
