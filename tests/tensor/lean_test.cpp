// The lean layers against the chains of operators that they stand for, whose gradients are
// libtorch's own.
#include "tensor/lean.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

namespace juror {
namespace {

Tensor wave(std::vector<std::int64_t> sizes, double step, at::ScalarType dtype = at::kFloat) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  const Tensor values = at::sin(at::arange(count, at::kDouble) * step).reshape(sizes) * 2;
  return values.to(dtype).requires_grad_(true);
}

const Tensor none;

/// Asks `lean` and `chain` for the same values, and for gradients that differ by at most
/// `tolerance` of the largest, on outputs that weigh differently.
template <class Lean, class Chain>
void expect_alike(const Lean& lean, const Chain& chain, std::vector<Tensor> inputs,
                  double tolerance) {
  const auto gradients_of = [&](const Tensor& y) {
    for (Tensor& input : inputs) input.mutable_grad() = Tensor();
    (y.to(at::kFloat) * at::cos(at::arange(y.numel(), at::kFloat)).reshape(y.sizes()))
        .sum()
        .backward();
    std::vector<Tensor> gradients;
    for (const Tensor& input : inputs) gradients.push_back(input.grad().clone());
    return gradients;
  };
  const Tensor y = lean(), expected = chain();
  EXPECT_TRUE(at::equal(y, expected));
  {
    const c10::NoGradGuard no_grad;
    EXPECT_TRUE(at::allclose(lean(), expected, 1e-5, 1e-5));  // few rows have a kernel of their own
  }
  const std::vector<Tensor> gradients = gradients_of(y), references = gradients_of(expected);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ(gradients[i].scalar_type(), inputs[i].scalar_type());
    const Tensor reference = references[i].to(at::kFloat);
    const double largest = reference.abs().max().item<double>();
    EXPECT_GT(largest, 1e-3);
    EXPECT_LE((gradients[i].to(at::kFloat) - reference).abs().max().item<double>(),
              tolerance * largest)
        << "input " << i;
  }
}

TEST(Lean, RmsNormIsItsChainOfOperators) {
  for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 2e-6}, {at::kBFloat16, 2e-2}}) {
    const Tensor x = wave({7, 24}, 0.37, dtype), weight = wave({24}, 1.9, dtype);
    const auto chain = [&] {
      const Tensor wide = x.to(at::kFloat);
      const Tensor scale = at::rsqrt(wide.square().mean(-1, true) + 1e-5);
      return weight * (wide * scale).to(x.scalar_type());
    };
    expect_alike([&] { return rms_norm(x, weight, 1e-5); }, chain, {x, weight}, tolerance);
  }
}

TEST(Lean, SwiGluIsItsChainOfOperators) {
  for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 2e-6}, {at::kBFloat16, 2e-2}}) {
    const Tensor gate = wave({5, 16}, 0.7, dtype), up = wave({5, 16}, 1.1, dtype);
    expect_alike([&] { return swiglu(gate, up); }, [&] { return at::silu(gate) * up; }, {gate, up},
                 tolerance);
  }
}

TEST(Lean, SwiGluThroughALinearLayerIsItsChainOfOperators) {
  const Tensor gate = wave({5, 16}, 0.7), up = wave({5, 16}, 1.1);
  const Tensor weight = wave({12, 16}, 0.3), bias = wave({12}, 2.3);
  expect_alike(
      [&] {
        return swiglu_linear(gate, up, {weight, bias});
      },
      [&] { return at::linear(at::silu(gate) * up, weight, bias); }, {gate, up, weight, bias},
      2e-6);
  expect_alike(
      [&] {
        return swiglu_linear(gate, up, {weight, none});
      },
      [&] { return at::linear(at::silu(gate) * up, weight); }, {gate, up, weight}, 2e-6);
}

TEST(Lean, AFrozenWeightGetsNoGradient) {
  const Tensor gate = wave({5, 16}, 0.7), up = wave({5, 16}, 1.1);
  const Tensor weight = wave({12, 16}, 0.3).detach();
  expect_alike(
      [&] {
        return swiglu_linear(gate, up, {weight, none});
      },
      [&] { return at::linear(at::silu(gate) * up, weight); }, {gate, up}, 2e-6);
  EXPECT_FALSE(weight.grad().defined());
}

}  // namespace
}  // namespace juror
