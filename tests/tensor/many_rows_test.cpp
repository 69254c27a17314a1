// What products of many rows leave behind in memory.
#include "tensor/many_rows.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace juror {
namespace {

// Before any test: oneDNN reads it once.
[[maybe_unused]] const bool kKeepsFew = (keep_few_compiled_products(), true);

double resident_mb() {
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1e6;
}

// 600 MB where all are kept, 74 where few are.
TEST(ManyRows, LeaveLittleBehindForEveryNumberOfRows) {
  if (!has_many_rows_kernel()) GTEST_SKIP() << "this CPU multiplies many rows by MKL";
  const Tensor weight = at::ones({256, 256});
  const auto products = [&](std::int64_t rows) {
    const Tensor x = at::ones({rows, 256});
    multiply_many_rows(x, weight, {});
    multiply_many_rows(x, weight.t(), {});
    multiply_many_rows(x.t(), x.t(), {});
  };
  products(300);
  const double before = resident_mb();
  for (std::int64_t rows = 301; rows <= 600; ++rows) products(rows);
  EXPECT_LT(resident_mb() - before, 200);
}

}  // namespace
}  // namespace juror
