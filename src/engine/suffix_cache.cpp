#include "engine/suffix_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "tensor/transfer.h"

namespace juror {
namespace {

constexpr std::int64_t kFirstCapacity = 64;
// Lengths are shown in these steps, for oneDNN compiles and keeps a kernel for every shape it
// meets.
constexpr std::int64_t kStep = 32;
static_assert(kFirstCapacity % kStep == 0);

/// Rows of `buffer` in another order, with room for `capacity` tokens at most; empty ones are
/// zeros: what is masked away is still multiplied by a weight of zero. A row that has just joined
/// has no place in the buffers yet.
Tensor arranged(const Tensor& buffer, const std::vector<std::int64_t>& order,
                std::int64_t capacity) {
  std::vector<std::int64_t> index, empty;
  for (const std::int64_t row : order) {
    const bool is_stored = row != SuffixCache::kNewRow && row < buffer.size(0);
    if (!is_stored) empty.push_back(static_cast<std::int64_t>(index.size()));
    index.push_back(is_stored ? row : 0);
  }
  Tensor result = buffer.narrow(2, 0, std::min(capacity, buffer.size(2)))
                      .index_select(0, on_device(index, buffer.device()));
  if (!empty.empty()) result.index_fill_(0, on_device(empty, buffer.device()), 0);
  return result;
}

}  // namespace

std::int64_t SuffixCache::capacity(std::int64_t tokens) {
  if (tokens <= 0) return 0;
  std::int64_t capacity = kFirstCapacity;
  while (capacity < tokens) capacity *= 2;
  return capacity;
}

std::uint64_t SuffixCache::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto* buffers : {&keys_, &values_}) {
    for (const Tensor& buffer : *buffers) bytes += buffer.defined() ? buffer.nbytes() : 0;
  }
  return bytes;
}

void SuffixCache::arrange(const std::vector<std::int64_t>& order) {
  bool is_appended = order.size() >= lengths_.size();  // then `reserve` makes room where it writes
  std::vector<std::int64_t> lengths;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const bool is_new = order[place] == kNewRow;
    lengths.push_back(is_new ? 0 : lengths_[static_cast<std::size_t>(order[place])]);
    is_appended =
        is_appended &&
        (place < lengths_.size() ? order[place] == static_cast<std::int64_t>(place) : is_new);
  }
  lengths_ = std::move(lengths);
  if (is_appended) return;
  const std::int64_t longest =
      lengths_.empty() ? 0 : *std::max_element(lengths_.begin(), lengths_.end());
  for (auto* buffers : {&keys_, &values_}) {
    for (Tensor& buffer : *buffers) {
      if (buffer.defined())
        buffer = longest == 0 ? Tensor() : arranged(buffer, order, capacity(longest));
    }
  }
}

void SuffixCache::extend(const Tensor& like) {
  std::vector<std::int64_t> places = lengths_;
  for (std::int64_t& length : lengths_) ++length;
  longest_ = *std::max_element(lengths_.begin(), lengths_.end());
  shown_ = (longest_ + kStep - 1) / kStep * kStep;
  place_ = on_device(places, like.device());
  mask_.reset();
  if (*std::min_element(lengths_.begin(), lengths_.end()) == shown_) return;
  const Tensor behind =
      at::arange(shown_, place_.options()).unsqueeze(0) > place_.unsqueeze(1);  // [N, L]
  mask_ = at::zeros(behind.sizes(), like.options().dtype(at::kFloat))
              .masked_fill(behind, -std::numeric_limits<float>::infinity())
              .unsqueeze(1);
}

void SuffixCache::reserve(Tensor& buffer, const Tensor& rows) const {
  const std::int64_t have = buffer.defined() ? buffer.size(2) : 0;
  if (buffer.defined() && have >= longest_ && buffer.size(0) == rows.size(0)) return;
  Tensor larger =
      at::zeros({rows.size(0), rows.size(1), std::max(have, capacity(longest_)), rows.size(2)},
                rows.options());
  if (have > 0) larger.narrow(0, 0, buffer.size(0)).narrow(2, 0, have).copy_(buffer);
  buffer = larger;
}

void SuffixCache::write(std::size_t layer, const Tensor& k, const Tensor& v) {
  const Tensor at_place =
      place_.reshape({-1, 1, 1, 1}).expand({k.size(0), k.size(1), 1, k.size(2)});
  reserve(keys_[layer], k);
  reserve(values_[layer], v);
  keys_[layer].scatter_(2, at_place, k.unsqueeze(2));
  values_[layer].scatter_(2, at_place, v.unsqueeze(2));
}

}  // namespace juror
