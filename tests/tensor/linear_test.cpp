// The linear layer's kernels against products in double, over shapes that leave remainders of every
// kind.
#include "tensor/linear.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "tensor/few_rows.h"

namespace juror {
namespace {

/// Largest error of `linear_product`, relative to 1 + the value, against the product in double.
double worst_error(at::ScalarType dtype, std::int64_t rows, std::int64_t in, std::int64_t out,
                   bool with_bias) {
  const auto wave = [&](std::int64_t n, std::int64_t m, double step) {
    return at::sin(at::arange(n * m, at::kDouble) * step).reshape({n, m}).to(dtype);
  };
  const Tensor x = wave(rows, in, 0.7), weight = wave(out, in, 1.3);
  const Tensor bias = with_bias ? wave(1, out, 2.1).reshape({out}) : Tensor();
  Tensor expected = at::mm(x.to(at::kDouble), weight.to(at::kDouble).t());
  if (with_bias) expected = expected + bias.to(at::kDouble);
  const Tensor y = linear_product(x, weight, bias);
  EXPECT_EQ(y.scalar_type(), dtype);
  EXPECT_EQ(y.sizes(), expected.sizes());
  return ((y.to(at::kDouble) - expected).abs() / (expected.abs() + 1.0)).max().item<double>();
}

TEST(Linear, EqualsTheProductInDoubleForEveryRemainder) {
  for (const std::int64_t rows : {1, 3, 4, 5, 16, 64, 65}) {
    for (const std::int64_t in : {1, 15, 16, 31, 33, 100}) {
      for (const std::int64_t out : {1, 4, 7, 32, 35, 130}) {
        EXPECT_LE(worst_error(at::kFloat, rows, in, out, out % 2 == 0), 2e-6)
            << rows << " " << in << " " << out;
        EXPECT_LE(worst_error(at::kBFloat16, rows, in, out, out % 2 == 1), 0.5 / 128)
            << rows << " " << in << " " << out;
      }
    }
  }
}

TEST(Linear, EqualsTheProductInDoubleForManyRows) {
  for (const std::int64_t rows : {255, 256, 257, 700}) {
    for (const std::int64_t in : {1, 33, 160}) {
      for (const std::int64_t out : {1, 35, 130})
        EXPECT_LE(worst_error(at::kFloat, rows, in, out, out % 2 == 0), 2e-6)
            << rows << " " << in << " " << out;
    }
  }
}

TEST(Linear, CarriesGradientsThroughManyRows) {
  const Tensor x = at::ones({300, 3}), weight = at::ones({4, 3}).requires_grad_();
  linear_product(x, weight).sum().backward();
  EXPECT_TRUE(at::equal(weight.grad(), at::full({4, 3}, 300.0)));
}

TEST(Linear, GradientsThroughManyRowsAreThoseInDouble) {
  const auto wave = [](std::int64_t n, std::int64_t m, double step) {
    return at::sin(at::arange(n * m, at::kDouble) * step).reshape({n, m});
  };
  const auto gradients = [&](at::ScalarType dtype, std::int64_t rows, std::int64_t out) {
    const Tensor x = wave(rows, 160, 0.7).to(dtype).requires_grad_(),
                 weight = wave(out, 160, 1.3).to(dtype).requires_grad_(),
                 bias = wave(1, out, 2.1).reshape({out}).to(dtype).requires_grad_();
    linear_product(x, weight, bias).mul(wave(rows, out, 0.3).to(dtype)).sum().backward();
    return std::vector{x.grad(), weight.grad(), bias.grad()};
  };
  for (const std::int64_t rows : {256, 700}) {
    for (const std::int64_t out : {1, 130, 300}) {  // also more rows of the weight than many are
      const auto expected = gradients(at::kDouble, rows, out),
                 given = gradients(at::kFloat, rows, out);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const Tensor error = (given[i].to(at::kDouble) - expected[i]).abs();
        EXPECT_LE((error / (expected[i].abs() + 1.0)).max().item<double>(), 2e-5)
            << rows << " " << out << " " << i;
      }
    }
  }
}

TEST(Linear, ARowDoesNotDependOnTheRowsBesideIt) {
  if (!has_few_rows_kernel_f32()) GTEST_SKIP() << "This CPU has no AVX-512.";
  const Tensor x = at::sin(at::arange(20 * 70, at::kFloat)).reshape({20, 70});
  const Tensor weight = at::cos(at::arange(33 * 70, at::kFloat)).reshape({33, 70});
  const Tensor together = linear_product(x, weight);
  for (std::int64_t i = 0; i < 20; ++i)
    EXPECT_TRUE(at::equal(linear_product(x.narrow(0, i, 1), weight)[0], together[i]));
}

TEST(Linear, DoesNotDependOnTheNumberOfThreads) {
  const Tensor x = at::sin(at::arange(16 * 70, at::kFloat)).reshape({16, 70});
  const Tensor weight = at::cos(at::arange(331 * 70, at::kFloat)).reshape({331, 70});
  at::set_num_threads(1);
  const Tensor alone = linear_product(x, weight);
  at::set_num_threads(3);
  EXPECT_TRUE(at::equal(linear_product(x, weight), alone));
  at::set_num_threads(1);
}

TEST(Linear, CarriesGradients) {
  const Tensor x = at::ones({2, 3}), weight = at::ones({4, 3}).requires_grad_();
  linear_product(x, weight).sum().backward();
  EXPECT_TRUE(at::equal(weight.grad(), at::full({4, 3}, 2.0)));
}

TEST(Linear, TakesViewsAndMoreDimensions) {
  const Tensor x =
      at::sin(at::arange(24, at::kFloat)).reshape({6, 4}).t();  // [4, 6], not contiguous
  const Tensor weight = at::cos(at::arange(12, at::kFloat)).reshape({2, 6});
  EXPECT_TRUE(at::allclose(linear_product(x, weight), at::mm(x, weight.t())));
  EXPECT_EQ(linear_product(x.unsqueeze(0), weight).sizes(), (at::IntArrayRef{1, 4, 2}));
}

}  // namespace
}  // namespace juror
