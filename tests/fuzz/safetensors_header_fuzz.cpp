// Fuzz target: any bytes as a safetensors file. A header that is accepted gives every byte of the
// data to one tensor.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/error.h"
#include "tensor/safetensors_header.h"

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

void check_entries(const juror::SafetensorsHeader& header, std::uint64_t file_size) {
  if (header.entries.empty()) return;
  std::uint64_t next = header.entries.front().begin;
  check(next >= 8);
  for (const juror::SafetensorsEntry& entry : header.entries) {
    check(entry.begin == next);
    std::uint64_t bytes = juror::safetensors_dtype_size(entry.dtype);
    for (const std::int64_t length : entry.shape) bytes *= static_cast<std::uint64_t>(length);
    check(entry.end - entry.begin == bytes);
    next = entry.end;
  }
  check(next == file_size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check_entries(juror::parse_safetensors_header(std::span(data, size), "fuzz"), size);
  } catch (const juror::Error&) {  // refusing is fine
  }
  return 0;
}
