// The header of a safetensors file: names, types, shapes and places. Knows no tensor library, so it
// can be fuzzed alone.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace juror {

/// One tensor of the file; its bytes are [begin, end) of the whole file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< as written: "F32", "BF16", …
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  ///< by place in the file
  std::map<std::string, std::string> metadata;
};

/// Bytes of one element of a safetensors dtype, 0 if the name is unknown.
std::uint64_t safetensors_dtype_size(const std::string& dtype);

/// Reads and checks the header of a whole file: lengths, types, shapes against sizes, no overlap,
/// no gap, nothing outside. Throws Error (kModel) naming `file`, the tensor and what is wrong.
/// Source: https://github.com/huggingface/safetensors (format).
SafetensorsHeader parse_safetensors_header(std::span<const std::uint8_t> bytes,
                                           const std::string& file);

}  // namespace juror
