// Weights in four or eight bits among tensors: made from a weight, multiplied by, and given back.
#pragma once

#include "tensor/tensor.h"

namespace juror {

/// How weights are rounded: `group` neighbours of a row share a scale. bits 0: not at all.
struct Quantization {
  int bits = 0;  // 0, 4 or 8
  std::int64_t group = 128;
};

/// A weight [out, in] in the layout of packed_weight.h, wherever its tensors are.
struct QuantizedWeight {
  Tensor codes;   // uint8 [strips, 16 · in · bits / 8]
  Tensor scales;  // fp32 [strips, in / group, 16]
  Tensor zeros;   // uint8 [strips, in / group, 16]; undefined for eight bits
  std::int64_t out = 0, in = 0, group = 0;
  int bits = 0;

  bool defined() const { return codes.defined(); }
  std::int64_t bytes() const;
};

/// The largest group of 128, 64 and 32 that divides `in` and is not above `most`; 0 if none does.
std::int64_t group_for(std::int64_t in, std::int64_t most);

/// Rounds a weight [out, in] of any floating type, on its device. The group must divide `in`.
QuantizedWeight quantize(const Tensor& weight, const Quantization& how);

/// A weight of which codes, scales and zeros are known plainly, as files have them: uint8 codes
/// [out, in] without sign, w = (code − zero) · scale; scales [out, in / group]; zeros uint8
/// [out, in / group], or undefined for the middle of the range. Throws Error naming `what` where
/// Juror cannot keep it as it is (eight bits with a zero that is not 128, or −128).
QuantizedWeight pack_quantized(const Tensor& codes, const Tensor& scales, const Tensor& zeros,
                               int bits, const std::string& what);

/// As `pack_quantized` takes it.
struct PlainQuantized {
  Tensor codes, scales, zeros;
};
PlainQuantized unpack_quantized(const QuantizedWeight& weight);

/// The weight's values, rounded to `dtype` once. Returns [out, in].
Tensor dequantize(const QuantizedWeight& weight, at::ScalarType dtype);

QuantizedWeight on_device(const QuantizedWeight& weight, const at::Device& device);

/// y = x Wᵀ + b, in x's dtype, summed in fp32. x: [.., in]; bias: [out] or undefined. Returns
/// [.., out]. Differentiable in x and b; the weight is frozen. On a CPU codes are unpacked tile by
/// tile in cache; elsewhere the weight is dequantised whole.
Tensor linear_product(const Tensor& x, const QuantizedWeight& weight, const Tensor& bias = {});

}  // namespace juror
