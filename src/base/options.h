// Options are plain structs with one list of fields, from which flags, TOML keys, help and the
// saved config all come:
//
//   struct SamplingOptions {
//     double temperature = 1.0;
//     std::int64_t max_new_tokens = 256;
//     template <class Field> void fields(Field&& field) {
//       field("temperature", temperature, "Sampling temperature; 0 takes the likeliest token",
//       Range{0.0, 100.0}); field("max_new_tokens", max_new_tokens, "Most tokens a completion may
//       have", Range{1, 1 << 20});
//     }
//   };
//
// Member types: bool, std::int64_t, double, std::string, and std::vector of the last three. Nested
// structs list themselves under a prefix with `nested(field, "sampling", sampling)`, or without one
// with `sampling.fields(field)`. This header is the convention alone; reading and printing stand in
// base/option_text.h.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace juror {

/// Both ends allowed.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// 0, or a number between both ends (allowed): for what is off at 0 and means nothing just above.
struct ZeroOr {
  double low = 0, high = std::numeric_limits<double>::infinity();
};

/// The words a string option may take.
struct OneOf {
  std::vector<std::string> words;
};

/// Lists the fields of `inner` as "prefix.name".
template <class Field, class Inner>
void nested(Field&& field, const std::string& prefix, Inner& inner) {
  inner.fields([&](const std::string& name, auto& member, auto&&... rest) {
    field(prefix + "." + name, member, rest...);
  });
}

}  // namespace juror
