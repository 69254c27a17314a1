// The few protobuf messages are written by hand, as proto3 would: fields in the order of their
// numbers, zeros left out. event.proto: Event {double wall_time = 1; int64 step = 2; string
// file_version = 3; Summary summary = 5; SessionLog session_log = 7}. summary.proto: Summary
// {repeated Value value = 1}, Value {string tag = 1; float simple_value = 2 (in a oneof: zero is
// written)}. SessionLog {status = 1, of which START is 1}.
#include "train/tensorboard.h"

#include <array>
#include <bit>
#include <cmath>

#include "base/error.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Protobuf's wire types.
enum Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes += static_cast<char>((value >> (8 * i)) & 0xff);
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

std::string key(std::uint64_t field, Wire wire) { return varint(field << 3 | wire); }

std::string bytes_field(std::uint64_t field, const std::string& bytes) {
  return key(field, kBytes) + varint(bytes.size()) + bytes;
}

std::string event_bytes(std::int64_t step, double wall_time_s, const std::string& what) {
  std::string event;
  if (wall_time_s != 0)
    event += key(1, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(wall_time_s));
  if (step != 0) event += key(2, kVarint) + varint(static_cast<std::uint64_t>(step));
  return event + what;
}

std::string summary_bytes(const std::vector<Scalar>& scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value));
    summary += bytes_field(1, bytes_field(1, scalar.name) + key(2, kFixed32) + little_endian(bits));
  }
  return summary;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

/// A CRC of bytes that hold a CRC is no good check, so the stored one is rotated and moved.
std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8U;
}

fs::path free_name(const fs::path& folder, double wall_time_s) {
  const std::string name =
      fmt::format("events.out.tfevents.{}.juror", std::llround(std::floor(wall_time_s)));
  fs::path path = folder / name;
  for (int i = 2; fs::exists(path); ++i) path = folder / fmt::format("{}.{}", name, i);
  return path;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = ~0U;
  for (const char c : bytes)
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string tf_record(std::string_view bytes) {
  const std::string length = little_endian(static_cast<std::uint64_t>(bytes.size()));
  std::string record = length + little_endian(masked_crc(length));
  record += bytes;
  return record + little_endian(masked_crc(bytes));
}

EventFile::EventFile(const fs::path& folder, std::int64_t first_step, double wall_time_s)
    : path_(free_name(folder, wall_time_s)), file_(path_, std::ios::binary) {
  write(event_bytes(0, wall_time_s, bytes_field(3, "brain.Event:2")));
  write(event_bytes(first_step, wall_time_s, bytes_field(7, key(1, kVarint) + varint(1))));
}

void EventFile::append(std::int64_t step, double wall_time_s, const std::vector<Scalar>& scalars) {
  write(event_bytes(step, wall_time_s, bytes_field(5, summary_bytes(scalars))));
}

void EventFile::write(const std::string& event) {
  file_ << tf_record(event) << std::flush;
  if (!file_) {
    throw Error(fmt::format("Cannot write '{}': is the folder there, and the disk not full?",
                            path_.string()),
                ErrorKind::kSystem);
  }
}

}  // namespace juror
