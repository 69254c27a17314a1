#include "tensor/mixed_precision.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tensor/tensor.h"

namespace juror {
namespace {

TEST(MixedPrecision, RoundsProductsOfMatricesWhileItLives) {
  const Tensor x = at::ones({4, 8}), weight = at::ones({2, 8}).requires_grad_();
  {
    const MixedPrecision precision(true, at::kCPU);
    EXPECT_EQ(at::linear(x, weight).scalar_type(), at::kBFloat16);
    at::linear(x, weight).sum().backward();
  }
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
  EXPECT_EQ(at::linear(x, weight).scalar_type(), at::kFloat);
}

TEST(MixedPrecision, DoesNothingWhereItIsNotAskedFor) {
  const MixedPrecision precision(false, at::kCPU);
  EXPECT_EQ(at::linear(at::ones({4, 8}), at::ones({2, 8})).scalar_type(), at::kFloat);
}

}  // namespace
}  // namespace juror
