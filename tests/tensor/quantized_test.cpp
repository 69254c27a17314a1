// Weights in few bits: what is kept, what a product with them is, and what its gradient is, each
// against the dequantised weight.
#include "tensor/quantized.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tensor/linear.h"

namespace juror {
namespace {

Tensor wave(std::int64_t n, std::int64_t m, double step) {
  return at::sin(at::arange(n * m, at::kDouble) * step).reshape({n, m});
}

/// Largest |a − b| relative to 1 + |b|.
double difference(const Tensor& a, const Tensor& b) {
  const Tensor expected = b.to(at::kDouble);
  return ((a.to(at::kDouble) - expected).abs() / (expected.abs() + 1)).max().item<double>();
}

TEST(Quantized, FourBitsAreTheNearestOfSixteenStepsBetweenTheLeastAndTheGreatest) {
  // from −1 to 2: the scale is 3/15 = 0.2 in bf16 (0.2001953), zero is code 5
  Tensor weight = at::zeros({1, 32}, at::kFloat);
  weight[0][0] = -1.0;
  weight[0][1] = 2.0;
  weight[0][2] = 0.29;
  weight[0][3] = 0.31;
  const PlainQuantized plain = unpack_quantized(quantize(weight, {.bits = 4, .group = 32}));
  EXPECT_FLOAT_EQ(plain.scales[0][0].item<float>(), 0.2001953125F);
  EXPECT_EQ(plain.zeros[0][0].item<int>(), 5);
  const std::vector<int> expected = {0, 15, 6, 7, 5};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(plain.codes[0][i].item<int>(), expected[i]) << i;
}

TEST(Quantized, EightBitsAreTheNearestOf127StepsOnEitherSide) {
  Tensor weight = at::zeros({1, 32}, at::kFloat);
  weight[0][0] = -127.0;  // the scale is 1
  weight[0][1] = 126.4;
  weight[0][2] = -0.6;
  const PlainQuantized plain = unpack_quantized(quantize(weight, {.bits = 8, .group = 32}));
  EXPECT_EQ(plain.scales[0][0].item<float>(), 1.0F);
  const std::vector<int> expected = {1, 254, 127, 128};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(plain.codes[0][i].item<int>(), expected[i]) << i;
}

// Half a step, and what rounding the scale to bf16 (2⁻⁸ of it at most) moves the 15th or 127th step
// by.
TEST(Quantized, AWeightIsWithinHalfAStepOfWhatIsKept) {
  const Tensor weight = wave(37, 256, 0.37).to(at::kFloat);  // between −1 and 1
  for (const auto [bits, steps] : {std::pair(4, 15.0), std::pair(8, 127.0)}) {
    const double step = (bits == 4 ? 2.0 : 1.0) / steps, most = (0.5 + steps / 256) * step;
    for (const std::int64_t group : {32, 64, 128}) {
      const Tensor kept = dequantize(quantize(weight, {bits, group}), at::kFloat);
      EXPECT_LE((kept - weight).abs().max().item<double>(), most) << bits << " " << group;
    }
  }
}

TEST(Quantized, PlainCodesComeBackAsTheyWere) {
  for (const int bits : {4, 8}) {
    const QuantizedWeight w = quantize(wave(37, 192, 0.61), {.bits = bits, .group = 64});
    const PlainQuantized plain = unpack_quantized(w);
    const QuantizedWeight again = pack_quantized(plain.codes, plain.scales, plain.zeros, bits, "w");
    EXPECT_TRUE(at::equal(again.codes, w.codes)) << bits;
    EXPECT_TRUE(at::equal(again.scales, w.scales)) << bits;
    const Tensor zeros = bits == 4 ? plain.zeros.to(at::kFloat) : at::full_like(plain.scales, 128);
    const Tensor values = (plain.codes.to(at::kFloat) - zeros.repeat_interleave(64, 1)) *
                          plain.scales.repeat_interleave(64, 1);
    EXPECT_TRUE(at::equal(values, dequantize(w, at::kFloat))) << bits;
  }
}

TEST(Quantized, AProductIsThatWithTheDequantisedWeightForEveryRemainder) {
  for (const int bits : {4, 8}) {
    for (const std::int64_t out : {1, 16, 33, 80}) {
      for (const std::int64_t in : {32, 96, 256}) {
        const QuantizedWeight w =
            quantize(wave(out, in, 1.3), {.bits = bits, .group = group_for(in, 128)});
        const Tensor exact = dequantize(w, at::kDouble), bias = wave(1, out, 2.1).view({out});
        for (const std::int64_t rows : {1, 3, 4, 13, 64, 65, 261}) {
          const Tensor x = wave(rows, in, 0.7).to(at::kBFloat16);
          const Tensor expected = at::mm(x.to(at::kDouble), exact.t()) + bias;
          const auto where = ::testing::Message()
                             << bits << " bits, " << rows << " x " << in << " -> " << out;
          EXPECT_LE(difference(linear_product(x.to(at::kFloat), w, bias.to(at::kFloat)), expected),
                    3e-6)
              << where;
          EXPECT_LE(difference(linear_product(x, w, bias.to(at::kFloat)), expected), 0.75 / 128)
              << where;
        }
      }
    }
  }
}

TEST(Quantized, ARowDoesNotDependOnTheRowsBesideIt) {
  const QuantizedWeight w = quantize(wave(48, 128, 1.3), {.bits = 4});
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const Tensor x = wave(20, 128, 0.7).to(dtype), together = linear_product(x, w);
    for (std::int64_t i = 0; i < 20; ++i)
      EXPECT_TRUE(at::equal(linear_product(x.narrow(0, i, 1), w)[0], together[i])) << i;
  }
}

TEST(Quantized, ItsGradientIsThatOfTheDequantisedWeight) {
  for (const int bits : {4, 8}) {
    const QuantizedWeight w = quantize(wave(600, 128, 1.3), {.bits = bits, .group = 64});
    const Tensor plain = dequantize(w, at::kFloat), dy = wave(9, 600, 0.3).to(at::kFloat);
    const auto gradients = [&](const auto& weight) {
      const Tensor x = wave(9, 128, 0.7).to(at::kFloat).requires_grad_(true);
      const Tensor bias = at::zeros({600}, at::kFloat).requires_grad_(true);
      linear_product(x, weight, bias).backward(dy);
      return std::pair(x.grad(), bias.grad());
    };
    const auto got = gradients(w), expected = gradients(plain);
    EXPECT_LE(difference(got.first, expected.first), 2e-5);
    EXPECT_LE(difference(got.second, expected.second), 1e-6);
  }
}

TEST(Quantized, GroupsAreTheLargestThatDivideTheWidth) {
  EXPECT_EQ(group_for(2048, 128), 128);
  EXPECT_EQ(group_for(2048, 64), 64);
  EXPECT_EQ(group_for(192, 128), 64);
  EXPECT_EQ(group_for(96, 128), 32);
  EXPECT_EQ(group_for(3420, 128), 0);
}

TEST(Quantized, RefusesWhatItCannotKeep) {
  EXPECT_THROW(quantize(wave(4, 100, 1), {.bits = 4, .group = 64}), Error);
  EXPECT_THROW(quantize(wave(4, 64, 1), {.bits = 3, .group = 64}), Error);
  const Tensor codes = at::full({4, 64}, 7, at::kByte), scales = at::ones({4, 1}, at::kFloat);
  EXPECT_THROW(pack_quantized(codes, scales, at::full({4, 1}, 100, at::kByte), 8, "w"), Error);
  EXPECT_THROW(pack_quantized(at::zeros({4, 64}, at::kByte), scales, {}, 8, "w"), Error);
}

}  // namespace
}  // namespace juror
