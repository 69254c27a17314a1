// Attention of rows that continue prefilled prompts: many rows read the same prefix keys, each also
// reads its own. A pure function; who owns the keys is the business of `DecodeBatch`
// and `score_given`.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace juror {

/// Neighbouring rows that continue the same prefix, at one layer.
struct PrefixRun {
  Tensor keys, values;    // [H_kv, P, D]
  std::int64_t rows = 0;  // how many rows, from where the run before ended
};

/// N rows of Lq queries attend to the prefix of their run and to L keys of their own, under one
/// softmax in fp32. q: [N, Lq, H, D]; own_keys, own_values: [N, H_kv, L, D]; mask: [N or 1, Lq, L],
/// added to the scores of own keys in fp32 (undefined: all are seen). Rows of the runs sum to N.
/// Returns [N·Lq, H·D]. Differentiable.
Tensor shared_prefix_attention(const Tensor& q, const Tensor& own_keys, const Tensor& own_values,
                               const Tensor& mask, const std::vector<PrefixRun>& runs);

}  // namespace juror
