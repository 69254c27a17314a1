// How fast the engine is: one job measured once, and what many measurements come to. Random
// pictures and token ids; the work is that of a judge on two pictures, and of
// bench/peers/transformers_generate.py.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/model.h"

namespace juror {

/// The job. Two pictures of grid x grid patches (32: 448 x 448 pixels) are shown in both orders.
struct BenchShape {
  std::int64_t thoughts = 8;  ///< sampled in each order
  std::int64_t tokens = 64;   ///< of each thought; nothing ends it earlier
  std::int64_t grid = 32;
  std::int64_t text_before = 19, text_after = 40;  ///< tokens of the prompt around the pictures
};

struct Spread {
  double median = 0, min = 0, max = 0;
};

/// Of an even number of values the median is the mean of the two in the middle. Throws Error
/// without values.
Spread spread(std::vector<double> values);

/// Two pictures of noise that no earlier call made.
std::vector<std::shared_ptr<const PixelImage>> noise_images(const ModelConfig& config,
                                                            std::int64_t grid);

/// The prompt that shows these images, one after another.
ModelInput bench_prompt(const ModelConfig& config, const BenchShape& shape,
                        const std::vector<std::shared_ptr<const PixelImage>>& images);

/// Seconds of one pair judged by one forward read: two new pictures through the tower, one prompt
/// read.
double time_read(const Model& model, const BenchShape& shape);

/// Wall-clock seconds of one pair judged by thinking in both orders.
struct ThinkingTime {
  double vision_s = 0, prefill_s = 0, decode_s = 0;
  double cpu_s = 0;                 ///< of all threads and parts together
  std::int64_t images_encoded = 0;  ///< that went through the tower: 2, each once for both orders
  std::int64_t tokens = 0;          ///< decoded
  std::int64_t cache_bytes = 0;     ///< keys and values of prompts and thoughts at the end
  double total_s() const { return vision_s + prefill_s + decode_s; }
};
ThinkingTime time_thinking(const Model& model, const BenchShape& shape);

/// Bytes by which encoding one picture raises the process's peak memory; to be asked before other
/// work leaves freed memory behind. Lets the peak begin anew (memory.h).
std::int64_t image_memory(const Model& model, const BenchShape& shape);

/// CPU seconds by job from the lines "JOB DTYPE: 12.34 s" that bench/peers/transformers_generate.py
/// prints; other lines are passed over. Throws Error if a job of `expected` is missing.
std::map<std::string, double> read_peer_output(const std::string& output,
                                               const std::vector<std::string>& expected);

}  // namespace juror
