// How completions are sampled. Free of torch, so that whoever asks (the command line, a voter at a
// server) can say it.
#pragma once

#include <cstdint>

#include "base/options.h"

namespace juror {

struct SamplingOptions {
  double temperature = 1.0;
  std::int64_t top_k = 0;
  double top_p = 1.0;
  double min_p = 0.0;
  std::int64_t max_new_tokens = 256;

  template <class Field>
  void fields(Field&& field) {
    field("temperature", temperature, "Sampling temperature; 0 takes the likeliest token",
          ZeroOr{1e-3, 100.0});
    field("top_k", top_k, "Sample among this many likeliest tokens; 0: all", Range{0, 1 << 24});
    field("top_p", top_p, "Sample among the likeliest tokens that together have this probability",
          Range{0.0, 1.0});
    field("min_p", min_p,
          "Sample among tokens of at least this fraction of the likeliest one's probability",
          Range{0.0, 1.0});
    field("max_new_tokens", max_new_tokens, "Most tokens a completion may have", Range{1, 1 << 20});
  }
};

}  // namespace juror
