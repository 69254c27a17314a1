// Products are measured in every precision that there is, and what is measured is possible.
#include "bench/product.h"

#include <gtest/gtest.h>

#include <set>

namespace juror {
namespace {

TEST(ProductBench, TimesEveryPrecisionAndRow) {
  const std::vector<ProductTime> times =
      time_products({.in = 64, .out = 48, .rows = {1, 5}, .repeats = 1});
  std::set<std::string> dtypes;
  for (const ProductTime& time : times) {
    dtypes.insert(time.dtype);
    EXPECT_GT(time.seconds, 0);
    EXPECT_NEAR(time.flops_per_s * time.seconds, 2.0 * 64 * 48 * static_cast<double>(time.rows), 1);
  }
  EXPECT_TRUE(dtypes.contains("float32") && dtypes.contains("int8") && dtypes.contains("int4"));
  EXPECT_EQ(times.size(), 2 * dtypes.size());
}

// 64 codes of 48 outputs: 3 strips of 16, for each a scale (4 bytes) and a zero (1) a group of 64.
TEST(ProductBench, CountsTheBytesOfCodesScalesAndZeros) {
  for (const ProductTime& time : time_products({.in = 64, .out = 48, .rows = {1}, .repeats = 1})) {
    const double bytes = time.bytes_per_s * time.seconds;
    if (time.dtype == "float32") EXPECT_NEAR(bytes, 64 * 48 * 4, 1e-3);
    if (time.dtype == "int8") EXPECT_NEAR(bytes, 64 * 48 + 48 * 4, 1e-3);
    if (time.dtype == "int4") EXPECT_NEAR(bytes, 64 * 48 / 2 + 48 * 5, 1e-3);
  }
}

}  // namespace
}  // namespace juror
