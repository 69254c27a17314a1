// An adapter beside a product of half precision against the same in fp32 throughout.
#include "tensor/low_rank.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

namespace juror {
namespace {

Tensor wave(at::IntArrayRef shape, double frequency) {
  return at::sin(at::arange(at::zeros(shape).numel(), at::kFloat) * frequency).reshape(shape);
}

/// Values and gradients of y + 0.5 (x Aᵀ) Bᵀ, weighted so that every value counts for itself.
std::vector<Tensor> results(at::ScalarType dtype) {
  const auto leaf = [](const Tensor& t) { return t.detach().requires_grad_(true); };
  const Tensor y = leaf(wave({6, 8}, 0.9).to(at::kBFloat16).to(dtype)),
               x = leaf(wave({6, 12}, 1.7).to(at::kBFloat16).to(dtype));
  const Tensor a = leaf(wave({3, 12}, 0.3)), b = leaf(wave({8, 3}, 2.1));
  const Tensor sum = dtype == at::kFloat ? y + at::linear(at::linear(x, a) * 0.5, b)
                                         : add_low_rank(y, x, {a, b, 0.5});
  EXPECT_EQ(sum.scalar_type(), dtype);
  (sum * wave({6, 8}, 3.3).to(at::kBFloat16).to(dtype)).sum().backward();
  EXPECT_EQ(a.grad().scalar_type(), at::kFloat);
  std::vector<Tensor> all = {sum.detach(), y.grad(), x.grad(), a.grad(), b.grad()};
  for (Tensor& tensor : all) tensor = tensor.to(at::kFloat);
  return all;
}

TEST(AddLowRank, RoundsOnceAndHasItsAdaptersGradientsInFp32) {
  const std::vector<Tensor> exact = results(at::kFloat), half = results(at::kBFloat16);
  const double half_step = 1.0 / 256;  // of bf16, of a value's size
  const std::vector<double> most = {half_step, 0, half_step, 1e-6, 1e-6};
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double size = exact[i].abs().max().item<double>();
    EXPECT_LE((exact[i] - half[i]).abs().max().item<double>(), most[i] * size) << i;
  }
}

TEST(AddLowRank, IsTheSameWithoutGradients) {
  const Tensor y = wave({6, 8}, 0.9).to(at::kBFloat16), x = wave({6, 12}, 1.7).to(at::kBFloat16);
  const Tensor a = wave({3, 12}, 0.3).requires_grad_(true), b = wave({8, 3}, 2.1);
  const Tensor with = add_low_rank(y, x, {a, b, 0.5});
  EXPECT_TRUE(with.requires_grad());
  const c10::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(add_low_rank(y, x, {a, b, 0.5}), with));
}

}  // namespace
}  // namespace juror
