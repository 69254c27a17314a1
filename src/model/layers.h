// The layers that both halves of the model are made of. Plain structs of tensors: they train as
// they are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/quantized.h"
#include "tensor/tensor.h"

namespace juror {

/// What LoRA adds to a weight: scale · B A, of rank r. The tensors are undefined where a layer has
/// none (model/lora.h).
struct LowRank {
  Tensor a;  // [r, in]
  Tensor b;  // [out, r]
  double scale = 1;
  bool is_on = true;
  Tensor merged = {};  // [out, in]: weight + scale · B A, which passes without gradients read
                       // instead; else undefined
};

/// y = x Wᵀ + b, and + scale · (x Aᵀ) Bᵀ where an adapter is there and on; that part is computed in
/// the adapter's dtype and the sum rounded to x's (tensor/low_rank.h). weight: [out, in], or
/// undefined where it is kept `quantized` or, in a model that only judges, in `strips`; then it is
/// frozen. bias: [out] or undefined.
struct Linear {
  Tensor weight;
  Tensor bias;
  LowRank lora = {};
  QuantizedWeight quantized = {};
  Tensor strips = {};  // tensor/strip_weight.h
  bool is_plain() const { return !lora.a.defined() && !is_packed(); }
  bool is_packed() const { return quantized.defined() || strips.defined(); }
  at::Device device() const;
  std::int64_t weight_bytes() const;         // however it is kept
  Tensor operator()(const Tensor& x) const;  // [.., in] -> [.., out]
};

/// y = w · cast(x / rms(x)): normalised in fp32, cast to x's dtype before the weight. weight: [C].
struct RmsNorm {
  Tensor weight;
  double eps = 1e-6;
  Tensor operator()(const Tensor& x) const;  // [.., C] -> [.., C]
};

/// Layer norm where there is a bias: y = w · (x − mean) / deviation + b, in fp32. Else `RmsNorm`.
struct Norm {
  Tensor weight;
  Tensor bias;  // [C] or undefined
  double eps = 1e-6;
  Tensor operator()(const Tensor& x) const;  // [.., C] -> [.., C]
};

/// down(silu(gate x) · up x).
struct SwiGlu {
  Linear gate, up, down;
  Tensor operator()(const Tensor& x) const;  // [T, C] -> [T, C]
};

/// out(gelu(in x)), by one of two approximations of GELU.
struct GeluMlp {
  Linear in, out;
  bool is_quick = false;                     ///< x σ(1.702 x), else the one by tanh
  Tensor operator()(const Tensor& x) const;  // [T, C] -> [T, C]
};

/// Cosine and sine of the rotation angles of each row, for the first half of a head (the second
/// half repeats them).
struct RopeTable {
  Tensor cos, sin;  // [T, 1, D/2]
};

/// Rotates the two halves of every head: (a, b) -> (a cos − b sin, b cos + a sin). x: [T, H, D].
Tensor rotate(const Tensor& x, const RopeTable& table);

/// Rows packed one sequence after another attend inside their own sequence only.
/// q: [T, H, D]; k, v: [T, H_kv, D] with H a multiple of H_kv; lengths sum to T. Returns [T, H·D].
/// Neighbours of equal length are computed together, so order sequences by length where order is
/// free.
Tensor segment_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                         const std::vector<std::int64_t>& lengths, bool is_causal);

/// Called with the Hugging Face name, the tensor and the shape that the config asks for.
using ParameterVisitor = std::function<void(const std::string& name, Tensor& parameter,
                                            const std::vector<std::int64_t>& shape)>;

/// What a linear layer is by the config.
struct LinearShape {
  std::int64_t out = 0, in = 0;
  bool has_bias = false;
};

/// Called with the Hugging Face name of the layer ("….q_proj"; its parameters are that + ".weight"
/// and ".bias").
using LinearVisitor =
    std::function<void(const std::string& name, Linear& linear, const LinearShape& shape)>;

/// What a walk over a model calls: linear layers go to `linear`, all other tensors to `parameter`.
struct LayerVisitor {
  LinearVisitor linear;
  ParameterVisitor parameter;
};

/// The walk that shows linear layers to `visit` as their parameters; a packed weight is none.
LayerVisitor by_parameter(const ParameterVisitor& visit);

}  // namespace juror
