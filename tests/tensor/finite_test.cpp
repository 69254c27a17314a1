#include "tensor/finite.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

namespace juror {
namespace {

class Finite : public ::testing::TestWithParam<at::ScalarType> {};

TEST_P(Finite, IsEveryNumberUpToTheGreatest) {
  Tensor values = at::linspace(-60000, 60000, 10001).to(GetParam());
  EXPECT_TRUE(is_finite(values));
  EXPECT_TRUE(is_finite(values.narrow(0, 0, 10000).view({100, 100}).t()));
  EXPECT_TRUE(is_finite(values.narrow(0, 0, 0)));
}

TEST_P(Finite, IsNoTensorWithOneNanOrInfinityWhereverItStands) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    for (const std::int64_t place : {0, 4095, 4096, 9999}) {
      Tensor values = at::ones({10000}).to(GetParam());
      values[place] = value;
      EXPECT_FALSE(is_finite(values)) << value << " at " << place;
      EXPECT_FALSE(is_finite(values.view({100, 100}).t())) << value << " at " << place;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Finite,
                         ::testing::Values(at::kFloat, at::kBFloat16, at::kHalf, at::kDouble));

}  // namespace
}  // namespace juror
