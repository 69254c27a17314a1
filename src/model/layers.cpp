#include "model/layers.h"

#include <ATen/ATen.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/GradMode.h>

#include "base/error.h"
#include "tensor/linear.h"

namespace juror {

Tensor Linear::operator()(const Tensor& x) const {
  if (!lora.a.defined() || !lora.is_on) return linear_product(x, weight, bias);
  if (lora.merged.defined() && !c10::GradMode::is_enabled()) return linear_product(x, lora.merged, bias);
  const Tensor low = linear_product(x.to(lora.a.scalar_type()), lora.a) * lora.scale;  // [.., r]
  return (linear_product(x, weight, bias) + linear_product(low, lora.b)).to(x.scalar_type());
}

Tensor RmsNorm::operator()(const Tensor& x) const {
  const Tensor wide = x.to(at::kFloat);
  const Tensor scale = at::rsqrt(wide.square().mean(-1, /*keepdim=*/true) + eps);
  return weight * (wide * scale).to(x.scalar_type());
}

Tensor SwiGlu::operator()(const Tensor& x) const { return down(at::silu(gate(x)) * up(x)); }

Tensor rotate(const Tensor& x, const RopeTable& table) {
  const std::int64_t half = x.size(-1) / 2;
  const Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  const Tensor cos = table.cos.to(x.scalar_type()), sin = table.sin.to(x.scalar_type());
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1);
}

namespace {

/// `count` segments of `length` rows each. q: [count·length, H, D]. Returns [count·length, H·D].
Tensor equal_segments(const Tensor& q, Tensor k, Tensor v, std::int64_t length, bool is_causal) {
  const std::int64_t heads = q.size(1), share = heads / k.size(1), size = q.size(2);
  if (share > 1) {
    k = k.repeat_interleave(share, 1);
    v = v.repeat_interleave(share, 1);
  }
  const auto batched = [&](const Tensor& x) { return x.reshape({-1, length, heads, size}).transpose(1, 2); };
  const Tensor out =
      at::scaled_dot_product_attention(batched(q), batched(k), batched(v), /*attn_mask=*/{}, /*dropout_p=*/0.0, is_causal);
  return out.transpose(1, 2).reshape({-1, heads * size});
}

}  // namespace

Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v, const std::vector<std::int64_t>& lengths,
                         bool is_causal) {
  std::vector<Tensor> parts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < lengths.size();) {
    std::size_t same = i;
    while (same < lengths.size() && lengths[same] == lengths[i]) ++same;
    const std::int64_t rows = static_cast<std::int64_t>(same - i) * lengths[i];
    parts.push_back(equal_segments(q.narrow(0, begin, rows), k.narrow(0, begin, rows), v.narrow(0, begin, rows),
                                   lengths[i], is_causal));
    begin += rows;
    i = same;
  }
  require(begin == q.size(0), "Attention over {} rows was given segments of {} rows in all.", q.size(0), begin);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

LayerVisitor by_parameter(const ParameterVisitor& visit) {
  const auto visit_linear = [visit](const std::string& name, Linear& linear, const LinearShape& shape) {
    visit(name + ".weight", linear.weight, {shape.out, shape.in});
    if (shape.has_bias) visit(name + ".bias", linear.bias, {shape.out});
  };
  return {.linear = visit_linear, .parameter = visit};
}

}  // namespace juror
