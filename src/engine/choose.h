// Which token of each row: cuts of a distribution, and the choice among what they leave. Pure
// functions of tensors on any device, without a word to the host. Source of the cuts:
// transformers' logits processors, in their order.
#pragma once

#include <span>

#include "engine/banned_tokens.h"
#include "tensor/tensor.h"

namespace juror {

/// An id where nothing can be chosen: all are banned or have no probability (NaN).
inline constexpr std::int64_t kNoToken = -1;

/// Weights of the `k` likeliest of each row (of equals the first), zero elsewhere. weights: [N, V];
/// k: [N] int64, each in [1, V]; `largest_k` is the largest of them.
Tensor keep_top_k(const Tensor& weights, const Tensor& k, std::int64_t largest_k);

/// Weights of the fewest that hold `top_p` of each row's mass (of equals the first; one at least),
/// zero elsewhere. weights: [N, V]; top_p: [N] fp64. The one that sorts the vocabulary.
Tensor keep_top_p(const Tensor& weights, const Tensor& top_p);

/// Weights of at least `min_p` times the largest of each row, zero elsewhere. weights: [N, V];
/// min_p: [N] fp64.
Tensor keep_min_p(const Tensor& weights, const Tensor& min_p);

/// The id that holds `uniform` of each row's mass, walking ids in ascending order. weights: [N, V]
/// fp32, zero where not allowed; uniform: [N] fp64 in [0, 1). Returns [N] int64, kNoToken for a row
/// without mass.
Tensor choose_by_mass(const Tensor& weights, const Tensor& uniform);

/// The allowed id with the largest logit of each row, of equals the first; NaN is not allowed.
/// logits: [N, V] fp32; banned: [N or 1, V] bool. Returns [N] int64, kNoToken where none is left.
Tensor choose_largest(const Tensor& logits, const Tensor& banned);

/// The same for one row in host memory, where a loop is faster than passes over [N, V]. They agree
/// but for the rounding of sums in fp64.
std::int64_t choose_by_mass(std::span<const float> weights, const BannedTokens& banned,
                            double uniform);
std::int64_t choose_largest(std::span<const float> logits, const BannedTokens& banned);

}  // namespace juror
