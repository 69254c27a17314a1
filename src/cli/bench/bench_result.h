// What `juror bench` measured, as JSON and as text.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bench/speed.h"

namespace juror {

/// One row of the result.
struct BenchRow {
  std::string name, unit;
  std::vector<double> values;

  nlohmann::ordered_json json() const;
};

struct BenchMemory {
  std::int64_t program = 0;  ///< held before the model was loaded
  std::int64_t weights = 0;  ///< in the compute type
  std::int64_t cache = 0;    ///< keys and values of the thinking job
  std::int64_t vision = 0;   ///< by how much reading one picture raised the peak
  std::int64_t peak = 0;     ///< of the whole run
  double over_weights() const {
    return static_cast<double>(peak - program) / static_cast<double>(weights);
  }
  /// The peak above the program, over what it is made of.
  double over_parts() const {
    return static_cast<double>(peak - program) / static_cast<double>(weights + cache + vision);
  }

  nlohmann::ordered_json json() const;
};

/// CPU seconds of the thinking job, one thread.
struct BenchPeer {
  std::vector<double> ours, plain, reuse;

  static double ratio(const std::vector<double>& theirs, const std::vector<double>& own) {
    return spread(theirs).median / spread(own).median;
  }
  nlohmann::ordered_json json() const;
};

/// The rows as a table.
std::string medians_table(const std::vector<BenchRow>& rows, bool color);
std::string memory_text(const BenchMemory& m);
std::string peer_text(const BenchPeer& peer, bool color);

}  // namespace juror
