#include "engine/shared_prefix.h"

#include <ATen/ATen.h>

#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

/// Sizes of one call, named once.
struct Sizes {
  std::int64_t rows, queries, heads, kv_heads, share, size, own;
};

/// Scores against the rows' own keys, in fp32 with the mask added: [H_kv, N, Lq, share, L]. q:
/// [H_kv, N, Lq·share, D].
Tensor own_scores(const Tensor& q, const Tensor& keys, const Tensor& mask, const Sizes& s) {
  const Tensor by_row =
      q.transpose(0, 1).reshape({s.rows * s.kv_heads, s.queries * s.share, s.size});
  const Tensor scores =
      at::bmm(by_row, keys.reshape({s.rows * s.kv_heads, s.own, s.size}).transpose(1, 2));
  const Tensor wide =
      scores.to(at::kFloat).reshape({s.rows, s.kv_heads, s.queries, s.share, s.own});
  const Tensor masked = mask.defined() ? wide + mask.unsqueeze(1).unsqueeze(3) : wide;
  return masked.transpose(0, 1);
}

}  // namespace

Tensor shared_prefix_attention(const Tensor& q, const Tensor& own_keys, const Tensor& own_values,
                               const Tensor& mask, const std::vector<PrefixRun>& runs) {
  const Sizes s{.rows = q.size(0),
                .queries = q.size(1),
                .heads = q.size(2),
                .kv_heads = own_keys.size(1),
                .share = q.size(2) / own_keys.size(1),
                .size = q.size(3),
                .own = own_keys.size(2)};
  const Tensor scaled = q / std::sqrt(static_cast<double>(s.size));
  const Tensor by_head = scaled.reshape({s.rows, s.queries, s.kv_heads, s.share, s.size})
                             .permute({2, 0, 1, 3, 4})
                             .reshape({s.kv_heads, s.rows, s.queries * s.share, s.size});
  const Tensor own = own_scores(by_head, own_keys, mask, s);  // [H_kv, N, Lq, share, L]
  std::vector<Tensor> from_prefix, own_weights;
  std::int64_t begin = 0;
  for (const PrefixRun& run : runs) {
    const std::int64_t length = run.keys.size(1);
    const Tensor run_q = by_head.narrow(1, begin, run.rows).reshape({s.kv_heads, -1, s.size});
    const Tensor scores =
        at::bmm(run_q, run.keys.transpose(1, 2)).to(at::kFloat);  // [H_kv, rows·Lq·share, P]
    const Tensor joint =
        at::cat({scores, own.narrow(1, begin, run.rows).reshape({s.kv_heads, -1, s.own})}, -1);
    const Tensor weights = at::softmax(joint, -1).to(q.scalar_type());
    from_prefix.push_back(at::bmm(weights.narrow(-1, 0, length), run.values)
                              .reshape({s.kv_heads, run.rows, s.queries * s.share, s.size}));
    own_weights.push_back(weights.narrow(-1, length, s.own)
                              .reshape({s.kv_heads, run.rows, s.queries * s.share, s.own}));
    begin += run.rows;
  }
  require(begin == s.rows, "Attention over {} rows was given prefixes for {}.", s.rows, begin);
  const Tensor weights =
      at::cat(own_weights, 1).transpose(0, 1).reshape({s.rows * s.kv_heads, -1, s.own});
  const Tensor from_own =
      at::bmm(weights, own_values.reshape({s.rows * s.kv_heads, s.own, s.size}));
  const Tensor mixed = from_own.reshape({s.rows, s.kv_heads, s.queries, s.share, s.size}) +
                       at::cat(from_prefix, 1)
                           .transpose(0, 1)
                           .reshape({s.rows, s.kv_heads, s.queries, s.share, s.size});
  return mixed.transpose(1, 2).reshape({s.rows * s.queries, s.heads * s.size});
}

}  // namespace juror
