#include "serve/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

namespace juror {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  const std::string left = sha256(a), right = sha256(b);  // of one length
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace juror
