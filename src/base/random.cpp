// Philox4x32-10 and the distributions drawn from it.
#include "base/random.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace juror {
namespace {

/// The finaliser of SplitMix64: spreads every bit of the input over the output.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

using Block = std::array<std::uint32_t, 4>;

Block philox(Block c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = 0xD2511F53ULL * c[0];
    const std::uint64_t b = 0xCD9E8D57ULL * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return c;
}

}  // namespace

Random::Random(std::initializer_list<std::uint64_t> name) {
  std::uint64_t first = 0x6A75726F72ULL, second = name.size();
  for (const std::uint64_t part : name) {
    first = mix(first ^ part);
    second = mix(second + first);
  }
  key_ = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32)};
  high_ = {static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(second >> 32)};
}

void Random::refill() {
  block_ = philox({static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
                   high_[0], high_[1]},
                  key_);
  ++counter_;
  used_ = 0;
}

std::uint32_t Random::bits() {
  if (used_ == 4) refill();
  return block_[used_++];
}

double Random::uniform() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;
  return static_cast<double>((high << 26) | low) * 0x1.0p-53;
}

double Random::normal() {  // Box–Muller, one branch: no state beyond the counter
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t Random::below(std::uint64_t bound) {
  assert(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t high = bits(), draw = (high << 32) | bits();
    if (draw < limit) return draw % bound;
  }
}

}  // namespace juror
