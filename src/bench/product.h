// How fast few rows are multiplied by a large weight, in every precision in which weights are kept,
// against what the machine reads from memory: decoding is little else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace juror {

struct ProductBenchOptions {
  std::int64_t in = 2048, out = 11008;
  std::vector<std::int64_t> rows = {1, 4, 8, 16, 64, 256};
  std::int64_t repeats = 9;
};

/// One product x [rows, in] with W [out, in]; the least of the repeats, weights out of cache.
struct ProductTime {
  /// Of the weights: float32, bfloat16, int8, int4, and "bfloat16, to judge" for bf16 in strips.
  std::string dtype;
  std::int64_t rows = 0;
  double seconds = 0;
  double flops_per_s = 0;
  double bytes_per_s = 0;  ///< of the weights with scales and zeros
};

/// Bytes a second that the threads in use read from memory, a number of every cache line in four
/// streams; the greatest of the repeats.
double read_bandwidth(std::int64_t repeats);

/// All dtypes that the CPU multiplies fast (bf16 where it has the instructions), row by row.
std::vector<ProductTime> time_products(const ProductBenchOptions& options);

}  // namespace juror
