// bf16 as 16 bits, for kernels without tensors.
#pragma once

#include <cstdint>

namespace juror {

inline float from_bf16(std::uint16_t bits) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
}

/// To the nearest, of two the even one; NaN stays NaN.
inline std::uint16_t to_bf16(float value) {
  const auto bits = __builtin_bit_cast(std::uint32_t, value);
  return value != value ? std::uint16_t{0x7FC0}
                        : static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

inline void store(float* to, float value) { *to = value; }
inline void store(std::uint16_t* to, float value) { *to = to_bf16(value); }

}  // namespace juror
