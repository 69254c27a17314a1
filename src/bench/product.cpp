#include "bench/product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>

#include "base/error.h"
#include "tensor/device.h"
#include "tensor/linear.h"
#include "tensor/quantized.h"
#include "tensor/strip_weight.h"

namespace juror {
namespace {

constexpr std::int64_t kCopies = 3;  // multiplied in turn, so that none is in cache

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A weight that can be multiplied by, and its size.
struct Weight {
  std::function<Tensor(const Tensor& x)> product;
  std::int64_t bytes = 0;
};

Weight weight_of(const std::string& dtype, const Tensor& values, at::ScalarType compute) {
  if (dtype == "int8" || dtype == "int4") {
    const QuantizedWeight w = quantize(
        values, {.bits = dtype == "int4" ? 4 : 8, .group = group_for(values.size(1), 128)});
    return {[w](const Tensor& x) { return linear_product(x, w); }, w.bytes()};
  }
  if (dtype == "bfloat16, to judge") {
    const Tensor w = to_strips(values.to(compute));
    return {[w](const Tensor& x) { return strip_product(x, w); },
            static_cast<std::int64_t>(w.nbytes())};
  }
  const Tensor w = values.to(compute).clone();
  return {[w](const Tensor& x) { return linear_product(x, w); },
          static_cast<std::int64_t>(w.nbytes())};
}

}  // namespace

double read_bandwidth(std::int64_t repeats) {
  constexpr std::int64_t kStreams = 4, kLines = 128 << 10, kLine = 64, kAhead = 16, kBlocks = 8;
  const Tensor large = at::ones({kBlocks * kStreams * kLines * kLine}, at::kByte);
  const auto* bytes = large.const_data_ptr<std::uint8_t>();
  std::atomic<std::int64_t> sum = 0;
  const auto touch = [&](std::int64_t begin, std::int64_t end) {
    std::int64_t own = 0;
    for (const auto* block = bytes + begin * kStreams * kLines * kLine;
         block < bytes + end * kStreams * kLines * kLine; block += kStreams * kLines * kLine) {
      for (std::int64_t i = 0; i < kLines; ++i) {
        for (std::int64_t stream = 0; stream < kStreams; ++stream) {
          const std::uint8_t* line = block + (stream * kLines + i) * kLine;
          __builtin_prefetch(line + kAhead * kLine, 0, 2);
          own += *line;
        }
      }
    }
    sum += own;
  };
  double best = 0;
  for (std::int64_t i = 0; i < repeats; ++i) {
    const double seconds = seconds_of([&] { at::parallel_for(0, kBlocks, 1, touch); });
    best = std::max(best, static_cast<double>(large.nbytes()) / seconds);
  }
  const std::int64_t lines = repeats * kBlocks * kStreams * kLines;
  require(sum == lines, "Ones were summed to {} instead of {}: this machine is at fault.",
          sum.load(), lines);
  return best;
}

std::vector<ProductTime> time_products(const ProductBenchOptions& options) {
  const at::ScalarType fastest = fastest_dtype(at::kCPU);
  std::vector<std::string> dtypes = {"float32"};
  if (fastest == at::kBFloat16) dtypes.emplace_back("bfloat16");
  if (fits_strips(at::empty({options.out, options.in}, fastest)))
    dtypes.emplace_back("bfloat16, to judge");
  dtypes.emplace_back("int8");
  dtypes.emplace_back("int4");
  std::vector<ProductTime> times;
  for (const std::string& dtype : dtypes) {
    const at::ScalarType compute = dtype == "float32" ? at::kFloat : fastest;
    std::vector<Weight> weights;
    for (std::int64_t i = 0; i < kCopies; ++i)
      weights.push_back(weight_of(dtype, at::randn({options.out, options.in}), compute));
    for (const std::int64_t rows : options.rows) {
      const Tensor x = at::randn({rows, options.in}).to(compute);
      double least = 0;
      for (std::int64_t i = 0; i < options.repeats + kCopies; ++i) {
        const Weight& weight = weights[static_cast<std::size_t>(i % kCopies)];
        const double seconds = seconds_of([&] { weight.product(x); });
        if (i >= kCopies) least = i == kCopies ? seconds : std::min(least, seconds);
      }
      const double flops = 2.0 * static_cast<double>(rows * options.in * options.out);
      times.push_back({.dtype = dtype,
                       .rows = rows,
                       .seconds = least,
                       .flops_per_s = flops / least,
                       .bytes_per_s = static_cast<double>(weights.front().bytes) / least});
    }
  }
  return times;
}

}  // namespace juror
