#include "text/byte_level.h"

#include <array>
#include <unordered_map>

#include "text/unicode.h"

namespace juror {
namespace {

bool is_visible(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
         (byte >= 0xAE && byte <= 0xFF);
}

struct ByteMap {
  std::array<std::string, 256> characters;
  std::unordered_map<std::string_view, std::uint8_t> bytes;
  std::vector<std::uint8_t> order;

  ByteMap() {
    for (const bool visible : {true, false}) {
      char32_t next = 0x100;
      for (unsigned byte = 0; byte < 256; ++byte) {
        if (is_visible(byte) != visible) continue;
        characters[byte] = to_utf8(visible ? byte : next++);
        order.push_back(static_cast<std::uint8_t>(byte));
      }
    }
    for (unsigned byte = 0; byte < 256; ++byte)
      bytes[characters[byte]] = static_cast<std::uint8_t>(byte);
  }
};

const ByteMap& byte_map() {
  static const ByteMap map;
  return map;
}

}  // namespace

const std::string& byte_character(std::uint8_t byte) { return byte_map().characters[byte]; }

const std::vector<std::uint8_t>& byte_order() { return byte_map().order; }

std::string to_byte_characters(std::string_view bytes) {
  std::string token;
  for (const char byte : bytes) token += byte_character(static_cast<std::uint8_t>(byte));
  return token;
}

std::optional<std::string> from_byte_characters(std::string_view token) {
  std::string bytes;
  while (!token.empty()) {
    const std::size_t length = utf8_step(token).length;
    const auto found = byte_map().bytes.find(token.substr(0, length));
    if (found == byte_map().bytes.end()) return std::nullopt;
    bytes += static_cast<char>(found->second);
    token.remove_prefix(length);
  }
  return bytes;
}

}  // namespace juror
