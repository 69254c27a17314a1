// Weights laid out to judge: the products are those of the plain weight.
#include "tensor/strip_weight.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace juror {
namespace {

Tensor wave(std::int64_t n, std::int64_t m, double step) {
  return at::sin(at::arange(n * m, at::kDouble) * step).reshape({n, m}).to(at::kBFloat16);
}

#define SKIP_WITHOUT_KERNEL()                          \
  if (!fits_strips(at::zeros({16, 2}, at::kBFloat16))) \
  GTEST_SKIP() << "this CPU does not multiply bf16 by strips"

TEST(StripWeight, SixteenOutputsOfAPairOfInputsAreNeighbours) {
  SKIP_WITHOUT_KERNEL();
  const Tensor weight = at::arange(32 * 70).view({32, 70}).remainder(251).to(at::kBFloat16);
  const Tensor strips = to_strips(weight);
  EXPECT_EQ(strips.sizes(), at::IntArrayRef({2, 35, 16, 2}));
  EXPECT_TRUE(at::equal(strips, weight.view({2, 16, 35, 2}).transpose(1, 2)));
}

// y is rounded to bf16 once: half of 2⁻⁷ of it at most, and what fp32 sums in another order.
TEST(StripWeight, AProductIsThatOfThePlainWeightForEveryRemainder) {
  SKIP_WITHOUT_KERNEL();
  for (const std::int64_t out : {16, 48}) {
    for (const std::int64_t in : {2, 30, 70, 512, 1100}) {
      const Tensor weight = wave(out, in, 1.3), bias = wave(1, out, 2.1).view({out});
      for (const std::int64_t rows : {1, 3, 4, 5, 8, 12, 13, 16, 17, 40, 256, 261}) {
        const Tensor x = wave(rows, in, 0.7);
        const Tensor exact =
            at::mm(x.to(at::kDouble), weight.to(at::kDouble).t()) + bias.to(at::kDouble);
        const Tensor y = strip_product(x, to_strips(weight), bias).to(at::kDouble);
        EXPECT_TRUE(at::all((y - exact).abs() <= exact.abs() / 256 + 1e-4).item<bool>())
            << rows << " x " << in << " -> " << out;
      }
    }
  }
}

TEST(StripWeight, GivesBackRowsOfThePlainWeight) {
  SKIP_WITHOUT_KERNEL();
  const Tensor weight = wave(48, 70, 1.3), ids = at::tensor({47, 0, 16, 15, 16}, at::kLong);
  EXPECT_TRUE(at::equal(rows_of_strips(to_strips(weight), ids), weight.index_select(0, ids)));
  EXPECT_EQ(rows_of_strips(to_strips(weight), ids.narrow(0, 0, 0)).sizes(),
            at::IntArrayRef({0, 70}));
}

TEST(StripWeight, ARowDoesNotDependOnTheRowsBesideIt) {
  SKIP_WITHOUT_KERNEL();
  const Tensor strips = to_strips(wave(32, 1030, 1.3)), x = wave(300, 1030, 0.7);
  const Tensor together = strip_product(x, strips);
  for (const std::int64_t row : {0, 7, 15, 16, 255, 256, 299})
    EXPECT_TRUE(at::equal(strip_product(x.narrow(0, row, 1), strips)[0], together[row])) << row;
}

TEST(StripWeight, KeepsToWhatItCanLayOut) {
  EXPECT_FALSE(fits_strips(at::zeros({16, 2}, at::kFloat)));
  EXPECT_FALSE(fits_strips(at::zeros({17, 2}, at::kBFloat16)));
  EXPECT_FALSE(fits_strips(at::zeros({16, 3}, at::kBFloat16)));
  EXPECT_THROW(to_strips(at::zeros({17, 2}, at::kBFloat16)), Error);
}

TEST(StripWeight, RefusesGradients) {
  SKIP_WITHOUT_KERNEL();
  const Tensor x = wave(2, 32, 0.7).requires_grad_(true);
  EXPECT_THROW(strip_product(x, to_strips(wave(16, 32, 1.3))), Error);
}

}  // namespace
}  // namespace juror
