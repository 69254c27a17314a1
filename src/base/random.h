// Counter-based randomness: every draw is a function of a key and a counter, so any piece of work
// can be replayed alone, in any order, on any thread, and a resumed run continues bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

namespace juror {

/// A stream of draws named by a list of integers, e.g. {run seed, step, prompt, sample}. Streams
/// with different names are independent; equal names give equal draws. Copies continue separately.
/// Source: Philox4x32-10, Salmon et al. 2011 (doi 10.1145/2063384.2063405).
class Random {
 public:
  explicit Random(std::initializer_list<std::uint64_t> name);

  std::uint32_t bits();  ///< uniform 32 bits
  double uniform();      ///< [0, 1), 53 random bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();  ///< mean 0, standard deviation 1
  std::uint64_t below(
      std::uint64_t bound);  ///< uniform in [0, bound), without modulo bias; bound > 0

  std::uint64_t position() const {
    return counter_ * 4 - 4 + used_;
  }  ///< draws of 32 bits taken so far

 private:
  void refill();
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 2> high_{};
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace juror
