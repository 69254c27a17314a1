#include "tensor/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/parse_json.h"

namespace juror {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

/// Number of elements, refusing what does not fit into 63 bits.
std::uint64_t count_elements(const SafetensorsEntry& entry, const std::string& file) {
  std::uint64_t count = 1;
  for (const std::int64_t length : entry.shape) {
    require_model(!__builtin_mul_overflow(count, static_cast<std::uint64_t>(length), &count) &&
                      count < (1ULL << 59),
                  "'{}': tensor '{}' has an impossible shape: its size overflows.", file,
                  entry.name);
  }
  return count;
}

/// One non-negative integer of the header.
std::uint64_t read_count(const Json& value, const std::string& file, const std::string& name,
                         const char* key) {
  require_model(value.is_number_unsigned() && value.get<std::uint64_t>() < (1ULL << 62),
                "'{}': tensor '{}' has a bad {}: {} is not a non-negative integer.", file, name,
                key, value.is_number() ? value.dump() : value.type_name());
  return value.get<std::uint64_t>();
}

SafetensorsEntry read_entry(const std::string& name, const Json& value, std::uint64_t data,
                            const std::string& file) {
  require_model(
      value.is_object() && value.contains("dtype") && value["dtype"].is_string() &&
          value.contains("shape") && value["shape"].is_array() && value.contains("data_offsets") &&
          value["data_offsets"].is_array() && value["data_offsets"].size() == 2,
      "'{}': tensor '{}' needs dtype, shape and two data_offsets in the header.", file, name);
  SafetensorsEntry entry{.name = name, .dtype = value["dtype"].get<std::string>(), .shape = {}};
  for (const Json& length : value["shape"]) {
    entry.shape.push_back(static_cast<std::int64_t>(read_count(length, file, name, "shape")));
  }
  entry.begin = data + read_count(value["data_offsets"][0], file, name, "data_offsets");
  entry.end = data + read_count(value["data_offsets"][1], file, name, "data_offsets");
  const std::uint64_t element = safetensors_dtype_size(entry.dtype);
  require_model(element > 0, "'{}': tensor '{}' has the unknown dtype '{}'.", file, name,
                entry.dtype);
  const std::uint64_t expected = count_elements(entry, file) * element;
  require_model(entry.begin <= entry.end && entry.end - entry.begin == expected,
                "'{}': tensor '{}' takes bytes {} to {} of the data, but its shape and dtype {} "
                "need {} bytes.",
                file, name, entry.begin - data, entry.end - data, entry.dtype, expected);
  return entry;
}

/// Every byte of the data belongs to exactly one tensor.
void check_places(const std::vector<SafetensorsEntry>& entries, std::uint64_t data,
                  std::uint64_t size, const std::string& file) {
  std::uint64_t next = data;
  for (const SafetensorsEntry& entry : entries) {
    require_model(entry.end <= size,
                  "'{}': tensor '{}' ends {} bytes behind the end of the file (cut short?).", file,
                  entry.name, entry.end - size);
    require_model(entry.begin >= next, "'{}': tensor '{}' overlaps the tensor before it.", file,
                  entry.name);
    require_model(entry.begin == next, "'{}': {} bytes before tensor '{}' belong to no tensor.",
                  file, entry.begin - next, entry.name);
    next = entry.end;
  }
  require_model(next == size, "'{}': {} bytes at the end of the file belong to no tensor.", file,
                size - next);
}

}  // namespace

std::uint64_t safetensors_dtype_size(const std::string& dtype) {
  static const std::array<std::pair<const char*, std::uint64_t>, 12> kSizes = {{{"F64", 8},
                                                                                {"F32", 4},
                                                                                {"F16", 2},
                                                                                {"BF16", 2},
                                                                                {"I64", 8},
                                                                                {"I32", 4},
                                                                                {"I16", 2},
                                                                                {"I8", 1},
                                                                                {"U8", 1},
                                                                                {"BOOL", 1},
                                                                                {"U32", 4},
                                                                                {"U64", 8}}};
  for (const auto& [name, size] : kSizes) {
    if (dtype == name) return size;
  }
  return 0;
}

SafetensorsHeader parse_safetensors_header(std::span<const std::uint8_t> bytes,
                                           const std::string& file) {
  require_model(bytes.size() >= 8,
                "'{}' is no safetensors file: it has {} bytes, and 8 hold the header's length.",
                file, bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);  // little endian, as is every machine we build for
  require_model(length <= kMaxHeaderBytes && length <= bytes.size() - 8,
                "'{}': the header claims {} bytes, but the file holds {} after the length.", file,
                length, bytes.size() - 8);
  const auto* text = reinterpret_cast<const char*>(bytes.data() + 8);
  const Json json = json_or_discarded({text, length});
  require_model(json.is_object(), "'{}': the header is not a JSON object.", file);

  SafetensorsHeader header;
  const std::uint64_t data = 8 + length;
  for (const auto& [name, value] : json.items()) {
    if (name != "__metadata__") {
      header.entries.push_back(read_entry(name, value, data, file));
      continue;
    }
    require_model(value.is_object(), "'{}': __metadata__ is not a JSON object.", file);
    for (const auto& [key, text_value] : value.items()) {
      if (text_value.is_string()) header.metadata[key] = text_value.get<std::string>();
    }
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_places(header.entries, data, bytes.size(), file);
  return header;
}

}  // namespace juror
