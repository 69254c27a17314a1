// Attention inside segments, with and without gradients.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "model/layers.h"

namespace juror {
namespace {

using Lengths = std::vector<std::int64_t>;
using Attention = std::function<Tensor(const Tensor& q, const Tensor& k, const Tensor& v)>;

/// Every segment alone, by the definition. q: [T, 4, 8]; k, v: [T, 2, 8].
Tensor by_definition(const Tensor& q, const Tensor& k, const Tensor& v, const Lengths& lengths,
                     bool is_causal) {
  std::vector<Tensor> parts;
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    const auto own = [&](const Tensor& x) {
      return x.narrow(0, begin, length).transpose(0, 1);
    };  // [H, L, D]
    const Tensor keys = own(k).repeat_interleave(2, 0), values = own(v).repeat_interleave(2, 0);
    Tensor scores = at::matmul(own(q), keys.transpose(1, 2)) / std::sqrt(8.0);
    if (is_causal)
      scores = scores.masked_fill(at::ones({length, length}, at::kBool).triu(1), -INFINITY);
    parts.push_back(
        at::matmul(at::softmax(scores, -1), values).transpose(0, 1).reshape({length, 32}));
    begin += length;
  }
  return at::cat(parts);
}

/// The output for some rows, and the gradients of q, k and v for some weighting of the output.
std::vector<Tensor> output_and_gradients(std::int64_t rows, const Attention& attention) {
  const auto wave = [&](std::int64_t heads, double pace) {
    return at::sin(at::arange(rows * heads * 8, at::kFloat) * pace)
        .reshape({rows, heads, 8})
        .requires_grad_();
  };
  const Tensor q = wave(4, 0.7), k = wave(2, 1.3), v = wave(2, 2.1);
  const Tensor out = attention(q, k, v);
  (out * at::cos(at::arange(out.numel(), at::kFloat)).reshape(out.sizes())).sum().backward();
  return {out.detach(), q.grad(), k.grad(), v.grad()};
}

class SegmentAttentionOf : public ::testing::TestWithParam<bool> {};

TEST_P(SegmentAttentionOf, RaggedSegmentsIsAttentionInsideEachOfThemAndHasItsGradients) {
  const Lengths lengths = {3, 3, 16, 40, 40, 5};  // 40 is above what is written out in training
  const bool is_causal = GetParam();
  const auto ours =
      output_and_gradients(107, [&](const Tensor& q, const Tensor& k, const Tensor& v) {
        return segment_attention(q, k, v, lengths, is_causal);
      });
  const auto expected =
      output_and_gradients(107, [&](const Tensor& q, const Tensor& k, const Tensor& v) {
        return by_definition(q, k, v, lengths, is_causal);
      });
  const char* names[] = {"output", "gradient of q", "gradient of k", "gradient of v"};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(at::allclose(ours[i], expected[i], 1e-4, 1e-5)) << names[i];
}

INSTANTIATE_TEST_SUITE_P(Causal, SegmentAttentionOf, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Causal" : "Full"; });

}  // namespace
}  // namespace juror
