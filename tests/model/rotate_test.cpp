// Rotation of heads: the loops that judge equal the operators that train, bit for bit.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "model/layers.h"

namespace juror {
namespace {

RopeTable table_of(std::int64_t rows, std::int64_t half) {
  const Tensor angles = at::arange(rows * half, at::kFloat).reshape({rows, 1, half}) * 0.37;
  return {.cos = angles.cos(), .sin = angles.sin()};
}

TEST(Rotate, TurnsTheTwoHalvesOfAHeadByARightAngle) {
  const Tensor x = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({1, 1, 4});
  const RopeTable quarter{.cos = at::zeros({1, 1, 2}), .sin = at::ones({1, 1, 2})};
  const Tensor expected = at::tensor({-3.0F, -4.0F, 1.0F, 2.0F}).reshape({1, 1, 4});
  EXPECT_TRUE(at::equal(rotate(x, quarter), expected));
}

TEST(Rotate, IsTheSameWithAndWithoutGradientsAndForViews) {
  const Tensor qkv = at::sin(at::arange(700 * 3 * 4 * 10, at::kFloat)).reshape({700, 3, 4, 10});
  const Tensor view = qkv.select(1, 1);  // [700, 4, 10], rows apart
  const RopeTable table = table_of(700, 5);
  const Tensor trained = rotate(view.clone().requires_grad_(), table).detach();
  EXPECT_TRUE(at::equal(rotate(view, table), trained));
  EXPECT_TRUE(at::equal(rotate(view.contiguous(), table), trained));
}

}  // namespace
}  // namespace juror
