// Keys and values of the rows being decoded, behind their prefixes. Rows may differ in length.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace juror {

/// Rows stand in buffers [N, H_kv, capacity, D], one pair a layer, that double when they are full,
/// and shrink when the rows that needed them are gone.
class SuffixCache {
 public:
  explicit SuffixCache(std::size_t layers) : keys_(layers), values_(layers) {}

  static constexpr std::int64_t kNewRow = -1;
  /// Tokens for which the buffers have room when the longest row has so many.
  static std::int64_t capacity(std::int64_t tokens);
  /// What stands at each place from now on: a row of before, or an empty new one. Rows that are not
  /// listed are dropped.
  void arrange(const std::vector<std::int64_t>& order);
  const std::vector<std::int64_t>& lengths() const { return lengths_; }
  std::uint64_t bytes() const;

  /// Opens a place for one token at the end of every row. `like` gives dtype and device.
  void extend(const Tensor& like);
  /// Writes the newest token of every row. k, v: [N, H_kv, D].
  void write(std::size_t layer, const Tensor& k, const Tensor& v);

  Tensor keys(std::size_t layer) const {
    return keys_[layer].narrow(2, 0, shown_);
  }  // [N, H_kv, L, D]
  Tensor values(std::size_t layer) const {
    return values_[layer].narrow(2, 0, shown_);
  }  // [N, H_kv, L, D]
  /// [N, 1, L]: 0 where a row has a token, -inf behind its end; undefined when every row is L long.
  const Tensor& mask() const { return mask_; }

 private:
  void reserve(Tensor& buffer, const Tensor& rows) const;

  std::vector<Tensor> keys_, values_;
  std::vector<std::int64_t> lengths_;
  std::int64_t longest_ = 0, shown_ = 0;
  Tensor place_;  // [N]: index of each row's newest token
  Tensor mask_;
};

}  // namespace juror
