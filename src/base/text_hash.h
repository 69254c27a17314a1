// A hash of text that is the same on every machine, today and tomorrow: files and splits rest on
// it.
#pragma once

#include <cstdint>
#include <string_view>

namespace juror {

/// 64-bit FNV-1a.
inline std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace juror
